"""Look at data that nobody prepared, propose a case for it, and write that case down."""
