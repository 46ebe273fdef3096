"""What recommenders share: ratings and other interactions, biases, factors, and how to ask them."""
