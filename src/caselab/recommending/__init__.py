"""Recommenders: the interactions, biases and factors that they share, and how to ask them."""
