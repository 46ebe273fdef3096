"""Resumable transfers over http: what came is kept, and the next call goes on from there."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def download(address: str, target: Path, cache: Path, sha256: str | None = None) -> None:
    """Bring what lies at the address to `target`; one process does, others wait for it.

    Args:
        address: http or https.
        target: a path that is free.
        cache: the folder where a part is kept until it is whole.
        sha256: what the whole must have, to tell a part of another content; known to a caller that
            checks what it asked for itself.
    """
    import requests

    part = cache / "parts" / f"{hashlib.sha256(address.encode()).hexdigest()[:16]}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    with exclusive_beside(part):
        resumed = part.exists()
        try:
            _append(address, part)
        except requests.exceptions.ChunkedEncodingError:  # broken off
            resumed = True
            _append(address, part)
        if resumed and sha256 and sha256_of(part) != sha256:  # the publisher's file has changed
            part.unlink()
            _append(address, part)
        shutil.move(part, target)


@contextmanager
def exclusive_beside(path: Path) -> Iterator[None]:
    """Hold a lock beside `path`, waiting for whoever holds it; a killed holder lets it go."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _append(address: str, part: Path) -> None:
    import requests
    import tqdm

    have = part.stat().st_size if part.exists() else 0
    asked = {"Range": f"bytes={have}-"} if have else {}
    # identity: a Range counts bytes of the file as it is, not of a compressed transfer of it
    headers = {"Accept-Encoding": "identity", **asked}
    with requests.get(address, headers=headers, stream=True, timeout=30) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # all of it is there; the hash decides
        answer.raise_for_status()
        goes_on = answer.status_code == requests.codes.partial_content
        have = have if goes_on else 0
        length = int(answer.headers.get("Content-Length", 0)) + have
        with (
            part.open("ab" if goes_on else "wb") as file,
            tqdm.tqdm(
                desc=address.rpartition("/")[2],
                total=length or None,
                initial=have,
                unit="B",
                unit_scale=True,
                disable=not sys.stderr.isatty(),
            ) as bar,
        ):
            for block in answer.iter_content(1 << 16):
                file.write(block)
                bar.update(len(block))
