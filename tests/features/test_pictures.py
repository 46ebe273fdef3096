import io
import logging

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from caselab.data import leakage
from caselab.errors import UserError
from caselab.features import pictures


@pytest.fixture
def grey():
    return np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)


def file(image, kind="PNG", **words):
    """Return an array or image as the bytes of a file."""
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    buffer = io.BytesIO()
    image.save(buffer, kind, **words)
    return buffer.getvalue()


def shown(*files, **options):
    return pictures.view(pd.DataFrame({"picture": files}), **options)


def test_a_png_is_shown_to_the_byte(grey):
    found = shown(file(grey), file(255 - grey))
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, [grey, 255 - grey])


def test_colour_keeps_its_channels():
    color = np.random.default_rng(0).integers(0, 256, (28, 28, 3), dtype=np.uint8)
    np.testing.assert_array_equal(shown(file(color), channels="rgb")[0], color)
    assert shown(file(color)).shape == (1, 28, 28)


@pytest.mark.parametrize(
    ("image", "value"),
    [
        (Image.new("CMYK", (28, 28), (0, 0, 0, 0)), 255),
        (Image.new("1", (28, 28), 1), 255),
        (Image.new("RGBA", (28, 28), (255, 255, 255, 0)), 0),  # transparent: black
        (Image.new("LA", (28, 28), (200, 255)), 200),
        (Image.fromarray(np.full((28, 28), 200 * 256 + 3, dtype=np.uint16)), 200),
        (Image.new("L", (1, 1), 90), 90),
        (Image.new("L", (28, 28), 0), 0),
        (Image.new("RGB", (300, 300), (50, 50, 50)), 50),
    ],
    ids=["cmyk", "bits", "transparent", "opaque", "16-bit", "one pixel", "black", "large"],
)
@pytest.mark.parametrize("channels", ["grey", "rgb"])
def test_every_kind_of_picture_becomes_bytes(image, value, channels):
    kind = "TIFF" if image.mode == "CMYK" else "PNG"
    found = shown(file(image, kind), channels=channels)
    assert found.shape == ((1, 28, 28) if channels == "grey" else (1, 28, 28, 3))
    assert (found == value).all()


def test_a_palette_is_looked_up(grey):
    few = grey // 128 * 255
    palette = Image.fromarray(few).convert("P")
    np.testing.assert_array_equal(shown(file(palette)), [few])
    np.testing.assert_array_equal(shown(file(palette, "GIF")), [few])


def test_a_photograph_is_turned_as_it_was_held():
    upper_half = np.zeros((32, 32), dtype=np.uint8)
    upper_half[:16] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # held upside down
    found = shown(file(upper_half, "JPEG", exif=exif), size=(32, 32))[0]
    assert found[:15].max() < 20
    assert found[17:].min() > 235


def test_another_shape_is_padded_cropped_or_stretched():
    wide = Image.new("L", (40, 20), 255)
    wide.paste(0, (0, 0, 10, 20))  # the left quarter is black
    padded, cropped, stretched = (
        shown(file(wide), size=(20, 20), fit=fit)[0] for fit in ("pad", "crop", "stretch")
    )
    assert not padded[:5].any()
    assert not padded[15:].any()
    assert padded[6:14, 7:].all()
    assert (cropped == 255).all()
    assert not stretched[:, :4].any()
    assert (stretched[:, 6:] == 255).all()


@pytest.mark.parametrize(
    "bad", [b"%PDF-1.4", b"", None, "a.png", float("nan"), b"\x89PNG\r\n\x1a\n", b"<svg></svg>"]
)
def test_what_is_no_picture_is_named_by_its_row(grey, bad):
    with pytest.raises(UserError, match=r"row 2 of 3 cannot be read \(\S.*\); put a PNG") as told:
        shown(file(grey), bad, file(grey))
    assert "0x" not in str(told.value)


def test_without_pictures_the_columns_there_are_are_named():
    with pytest.raises(UserError, match=r"needs a column 'picture'.*only: image, label"):
        pictures.view(pd.DataFrame({"image": [b""], "label": ["a"]}))


def test_of_a_picture_that_ends_early_what_is_there_is_shown_and_told(grey, caplog):
    whole = file(grey)
    with caplog.at_level(logging.WARNING):
        found = shown(whole, whole[: len(whole) // 2])
    np.testing.assert_array_equal(found[1][:8], grey[:8])
    assert not found[1][20:].any()
    assert "1 of 2 pictures end early, the first in row 2" in caplog.text
    assert len(shown()) == 0


def test_a_view_shows_a_row_the_same_alone_and_among_others(grey):
    records = pd.DataFrame({"picture": [file(np.roll(grey, i)) for i in range(30)]})
    leakage.check_rowwise(pictures.view, records, pictures.view(records), "pictures")


def test_the_transformer_is_unfitted_and_takes_its_words():
    transformer = pictures.transformer(scale="standard", flatten=False)
    leakage.check_unfitted(transformer)
    assert (transformer.scale, transformer.flatten) == ("standard", False)


def test_a_picture_of_pixels_that_are_no_numbers_is_refused():
    floats = Image.fromarray(np.full((28, 28), 3.0, dtype=np.float32))
    broken = Image.fromarray(np.full((28, 28), np.nan, dtype=np.float32))
    assert (shown(file(floats, "TIFF")) == 3).all()
    with pytest.raises(
        UserError, match=r"row 2 of 2 cannot be read \(it has pixels that are no num"
    ):
        shown(file(floats, "TIFF"), file(broken, "TIFF"))
