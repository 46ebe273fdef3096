"""Pictures as records keep them, PNG files in bytes that repeat, and as answers do, in text."""

from __future__ import annotations

import base64
import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


_PREFIX = "data:image/png;base64,"


def png(pixels: np.ndarray[Any, Any]) -> bytes:
    """Return the picture as a PNG file.

    Args:
        pixels: 0 to 255, of shape (height, width) where grey, (height, width, 3) where coloured.
    """
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=6)
    return file.getvalue()


def as_text(pixels: np.ndarray[Any, Any]) -> str:
    """Return the picture as a data URI, which stands in any table and which browsers show."""
    return _PREFIX + base64.b64encode(png(pixels)).decode("ascii")


def from_text(text: str) -> np.ndarray[Any, Any]:
    """Return what `as_text` was given."""
    return pixels(base64.b64decode(text.removeprefix(_PREFIX)))


def pixels(file: bytes) -> np.ndarray[Any, Any]:
    """Return what a file shows, 0 to 255, `(height, width)` where grey, else `(height, width, 3)`."""
    import numpy as np
    from PIL import Image

    picture: Image.Image = Image.open(io.BytesIO(file))
    return np.asarray(picture if picture.mode == "L" else picture.convert("RGB"))


def read_idx(path: Path) -> np.ndarray[Any, Any]:
    """Return what an idx file holds, gzipped or not: `(n,)` labels or `(n, height, width)` pixels.

    Raises:
        ValueError: it holds no unsigned bytes, or not as many as it says.
    """
    import numpy as np

    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    zeros, kind, n_dimensions = content[:2], content[2], content[3]
    if zeros != b"\0\0" or kind != 8:
        raise ValueError(f"{path} is no idx file of unsigned bytes")
    start = 4 + 4 * n_dimensions
    shape = np.frombuffer(content[4:start], ">u4")
    return np.frombuffer(content[start:], np.uint8).reshape(shape.tolist())
