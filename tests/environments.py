"""Pythons that have some packages and no others: quickly made of the files that are installed here."""

import importlib.util
import sys
import venv
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def with_only(pins: Iterable[str], folder: Path) -> Path:
    """Make an environment of pinned packages in `folder`, and return its Python.

    Each package is linked file by file as it says itself, so that one that is not pinned is not
    there. That a registry has them in these versions is not shown.

    Raises:
        ValueError: another version is installed here.
    """
    venv.create(folder, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"))
    for pin in pins:
        name, _, wanted = pin.partition("==")
        package = metadata.distribution(name)
        if package.version.partition("+")[0] != wanted:
            raise ValueError(f"{pin} is {package.version} here")
        for file in package.files or ():
            source, target = Path(str(package.locate_file(file))), site / file
            if ".." in file.parts or target.exists():  # a command, or bytecode that is listed too
                continue
            _link(source, target)
            if file.suffix == ".py":  # without bytecode everything is compiled, for a minute
                compiled = Path(importlib.util.cache_from_source(str(source)))
                _link(compiled, target.parent / "__pycache__" / compiled.name)
    return folder / "bin" / Path(sys.executable).name


def required(pins: Iterable[str]) -> set[str]:
    """Return the names of all packages that pinned ones need here, extras aside."""
    asked = [
        Requirement(line)
        for pin in pins
        for line in metadata.distribution(pin.partition("==")[0]).requires or ()
    ]
    needed = [each for each in asked if each.marker is None or each.marker.evaluate({"extra": ""})]
    return {canonicalize_name(each.name) for each in needed}


def _link(source: Path, target: Path) -> None:
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source)
