"""Arrays, tables and models on disk, in bytes that repeat."""
