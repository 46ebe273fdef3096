"""What a source's `origin` is: a module of sources/, or what a user brings."""

from pathlib import Path


def reader(origin: str) -> str | None:
    """Return the file of `sources/own/` that reads `origin`; None for a module of sources/."""
    path = Path(origin)
    if path.is_dir():
        return "folders"
    return {".py": None, ".sql": "databases", "": "folders"}.get(path.suffix.lower(), "tables")
