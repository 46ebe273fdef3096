"""Checkpoints on disk: whole or not there, and loaded without running anything."""

import hashlib
import io
import os
import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from caselab.errors import UserError
from caselab.learning.batches import Sequences
from caselab.storage.rows import Rows

DIGEST_BYTES = hashlib.sha256().digest_size


def file_name(settings: str, *rows: np.ndarray | Rows | Sequences | None) -> str:
    """Return the name of the one fit that has these settings and learns from these rows."""
    digest = hashlib.sha256(f"{torch.__version__} {settings}".encode())
    for each in rows:
        arrays: Iterable[np.ndarray]
        if isinstance(each, Sequences):
            arrays = [each.lengths, each.flat.numpy()]
        elif isinstance(each, Rows):
            arrays = (block for _, block in each.blocks())
        else:
            arrays = [] if each is None else [each]
        for array in arrays:
            digest.update(f"{array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return f"{digest.hexdigest()[:16]}.ckpt"


def write(state: dict[str, Any], path: Path) -> None:
    """Replace the checkpoint at `path`; a crash leaves the old one or the new one.

    Raises:
        UserError: the disk takes no more.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getvalue()
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(
            f"The checkpoint {path} cannot be written: {error.strerror}; make room and run again."
        ) from error


def read(path: Path) -> dict[str, Any] | None:
    """Return the checkpoint at `path`, or None where there is none, or a damaged or foreign one."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    digest, content = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    try:
        state: dict[str, Any] = torch.load(
            io.BytesIO(content), map_location="cpu", weights_only=True
        )
    except pickle.UnpicklingError:
        return None  # holds more than tensors and plain values, so it is none of ours
    return state
