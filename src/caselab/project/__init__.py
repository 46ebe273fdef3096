"""The project that caselab works in: its places, its locks, what Git and dvc.lock say of it."""
