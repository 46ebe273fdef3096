"""Which files of ours a piece of code comes from, read from their imports without running them."""
