"""Whether the world is still what a champion learned from: inputs, answers and quality."""
