"""What a source's `origin` is: a module of sources/, or what a user brings."""

from pathlib import Path

from caselab.params.signatures import PACKAGE, module


def reader(origin: str) -> str | None:
    """Return the file of `sources/own/` that reads `origin`; None for a module of sources/."""
    path = Path(origin)
    if path.is_dir():
        return "folders"
    return {".py": None, ".sql": "databases", "": "folders"}.get(path.suffix.lower(), "tables")


def file(reader: str, package: Path = PACKAGE) -> Path:
    """Return the file whose `read` takes what a source's block may say beside its origin."""
    return package / "sources" / "own" / f"{reader}.py"


def options(reader: str) -> list[str]:
    """Return what a source's block may say beside its origin."""
    return list(module(file(reader)).signature("read").arguments)
