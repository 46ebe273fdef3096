"""Sizes of pictures, and whether they are in colour."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd

from caselab.errors import UserError

SAMPLE = 200
LARGEST = 64
"""Pixels of a side; larger pictures are made smaller."""
USUAL = 28


def options(pictures: pd.Series) -> dict[str, Any]:
    """Return the options of the view `pictures` that suit a sample.

    Raises:
        UserError: one of the sample is no picture.
    """
    from PIL import Image

    sides, colours = [], []
    step = max(1, len(pictures) // SAMPLE)
    for content in pictures.dropna().iloc[::step]:
        try:
            with Image.open(io.BytesIO(content)) as picture:
                sides.append(picture.size)
                colours.append(picture.mode not in ("1", "L", "LA", "I", "I;16", "F"))
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            raise UserError(
                f"The column {pictures.name!r} holds bytes that are no picture, such as "
                f"{content[:12]!r}; leave the column out, or put a PNG or JPEG file into each row."
            ) from None
    width, height = np.median(sides, axis=0)
    shrink = min(1.0, LARGEST / max(width, height))
    size = [max(12, round(height * shrink)), max(12, round(width * shrink))]
    found: dict[str, Any] = {} if size == [USUAL, USUAL] else {"size": size}
    return found | ({"channels": "rgb"} if np.mean(colours) > 0.5 else {})
