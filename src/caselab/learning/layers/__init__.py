"""What several networks are built from: activations, initial weights, layers of all families."""
