import io

import numpy as np
import pytest
from PIL import Image

from caselab.data.pictures import png, read_idx


@pytest.mark.parametrize("shape", [(28, 28), (5, 7, 3)])
def test_a_picture_comes_back_pixel_by_pixel_and_byte_by_byte(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    packed = png(pixels)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(packed))), pixels)
    assert png(pixels) == packed


def test_an_idx_file(tmp_path):
    path = tmp_path / "toys-images-idx3-ubyte"
    path.write_bytes(bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3]) + bytes(range(6)))
    assert read_idx(path).tolist() == [[[0, 1, 2]], [[3, 4, 5]]]


@pytest.mark.parametrize(
    "content", [b"\0\0\x0d\1\0\0\0\1abcd", b"PK34abcd", b"\0\0\x08\1\0\0\0\5ab"]
)
def test_what_is_no_idx_file_of_bytes_is_refused(tmp_path, content):
    (tmp_path / "toys").write_bytes(content)
    with pytest.raises(ValueError, match=r"no idx file|reshape"):
        read_idx(tmp_path / "toys")
