"""What Lightning runs: the recipe of a fit, the network in training, checkpoints, processes.

Loaded when a fit begins; predicting does without.
"""
