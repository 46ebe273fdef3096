"""Hash-checked downloads, contracts, splits and folds, and the proof that nothing leaks."""
