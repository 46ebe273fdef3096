"""What several networks are built from: activations and initial weights by name."""
