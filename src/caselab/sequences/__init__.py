"""Written language: tokenizers, how the next tokens are chosen, what tags or writes without a network."""
