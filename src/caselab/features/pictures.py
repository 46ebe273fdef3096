"""Pictures: decoded to one size, scaled, flattened for what learns from rows of numbers.

Records have a column `picture`: the bytes of a PNG, JPEG, GIF, BMP, TIFF or WebP file. The words of
a view and of a transformer are entries of `_FITS` here and of `SCALES` in `steps/pictures.py`.
"""

import io
import logging
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
from PIL import Image, ImageFile, ImageOps
from pydantic import PositiveInt

from caselab.errors import RowError, UserError
from caselab.features import pretrained
from caselab.features.steps.pictures import PictureScaler

log = logging.getLogger(__name__)

plots = ("gallery.errors",)

network_plots = ("saliency.saliency", "convolutions.filters", "convolutions.feature_maps")

_FITS: dict[str, Callable[..., Image.Image]] = {
    "pad": ImageOps.pad,
    "crop": ImageOps.fit,
    "stretch": Image.Image.resize,
}
_CHANNELS = {"grey": "L", "rgb": "RGB"}
_DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N")  # Pillow's names for grey of 16 bits


def view(
    records: pd.DataFrame,
    *,
    size: tuple[PositiveInt, PositiveInt] = (28, 28),
    channels: Literal["grey", "rgb"] = "grey",
    fit: Literal["pad", "crop", "stretch"] = "pad",
) -> np.ndarray:
    """Return the pictures as bytes `(n_samples, height, width)`, or `(..., 3)` in colour.

    Each becomes `size`, height and width, by `fit`: whole, with black beside it (`pad`), filled,
    with its edges cut off (`crop`), or out of shape (`stretch`). `channels` are one of grey or
    three of colour. What is transparent becomes black. Of a
    file that ends early the part that is there is shown, and told in the log.

    Raises:
        UserError: there is no column of pictures.
        RowError: files in it are none.
    """
    if "picture" not in records:
        raise UserError(
            "The view 'pictures' needs a column 'picture' with the bytes of one picture a row; "
            f"there are only: {', '.join(map(str, records.columns)) or 'none'}."
        )
    height, width = size
    depth = (3,) if channels == "rgb" else ()
    shown = np.zeros((len(records), height, width, *depth), dtype=np.uint8)
    early = []
    broken: dict[int, str] = {}
    for row, picture in enumerate(records["picture"]):
        try:
            image, is_whole = _open(picture, channels, size)
        except Exception as error:  # a foreign file can break a decoder anywhere
            broken[row] = str(error).partition("<_io")[0].strip() or type(error).__name__
            continue
        if image.size != (width, height):
            image = _FITS[fit](image, (width, height), Image.Resampling.BILINEAR)
        shown[row] = image
        if not is_whole:
            early.append(row + 1)
    if broken:
        row, reason = next(iter(broken.items()))
        where = f"row {row + 1:,} of {len(records):,}"
        raise RowError(
            f"The picture in {where} cannot be read ({reason}); put a PNG or JPEG file in its "
            "place, or leave the row out.",
            {row: f"the picture cannot be read ({reason})" for row, reason in broken.items()},
            where,
        )
    if early:
        log.warning(
            "%s of %s pictures end early, the first in row %s; what is missing of them is black",
            *(f"{number:,}" for number in (len(early), len(records), early[0])),
        )
    return shown


def transformer(
    *,
    scale: Literal["unit", "standard", "none"] = "unit",
    flatten: bool = True,
    backbone: str | None = None,
) -> Any:
    """Return the unfitted transformer from a view's bytes to what an architecture reads.

    `unit` brings pixels to 0..1, `standard` each channel to mean 0 and deviation 1 over the rows of
    the fold, `none` leaves the bytes. Flattened, a row is `height * width * channels` numbers;
    otherwise `(channels, height, width)`, as networks that convolve take it.

    With a `backbone` of the architecture `pretrained` a row is what that network finds in the
    picture, `n_features` numbers; `scale: standard` is then of these.
    """
    if backbone is None:
        return PictureScaler(scale=scale, flatten=flatten)
    return pretrained.load("backbone").transformer(backbone, scale)


def _open(picture: Any, channels: str, size: tuple[int, int]) -> tuple[Image.Image, bool]:
    """Decode a file to 8 bits a channel; tell whether all of it was there."""
    if not isinstance(picture, bytes | bytearray | memoryview):
        raise TypeError("there are no bytes" if picture is None else f"it is {picture!r:.40}")
    if not len(picture):
        raise ValueError("it is empty")
    mode = _CHANNELS[channels]
    try:
        return _decode(bytes(picture), mode, size), True
    except OSError as error:
        if "truncated" not in str(error).lower():
            raise
    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
    try:
        return _decode(bytes(picture), mode, size), False
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _decode(picture: bytes, mode: str, size: tuple[int, int]) -> Image.Image:
    image: Image.Image = Image.open(io.BytesIO(picture))
    image.draft(mode, (2 * size[1], 2 * size[0]))  # a large JPEG is read at a fraction of its size
    image.load()
    if "exif" in image.info:
        image = ImageOps.exif_transpose(image)  # as it was held
    if image.mode == "F" and not np.isfinite(np.asarray(image)).all():
        raise ValueError("it has pixels that are no numbers")
    if image.mode in _DEEP:
        image = Image.fromarray(
            (np.asarray(image, dtype=np.int64) // 256).clip(0, 255).astype("u1")
        )
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image)
    if image.mode in ("CMYK", "P", "HSV", "YCbCr"):
        image = image.convert("RGB")
    return image if image.mode == mode else image.convert(mode)
