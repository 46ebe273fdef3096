"""Written language: tokens of texts, how the next ones are chosen, and what writes without a network."""
