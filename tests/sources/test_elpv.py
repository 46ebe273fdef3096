"""Solar cells, from a wheel in the form of the real one."""

import io
import zipfile

from PIL import Image

from caselab.sources import elpv
from tests import cells


def test_a_row_is_a_cell_with_its_picture_as_the_publisher_has_it(tmp_path):
    path = cells.write(tmp_path / "elpv.whl", n=12)
    records = elpv.read(path)
    assert list(records) == ["id", "picture", "probability", "module"]
    assert records["id"].tolist() == [f"cell{number:04}" for number in range(1, 13)]
    assert records["probability"].tolist() == [*cells.SURE, *cells.SURE]
    assert records["module"].tolist() == ["mono"] * 6 + ["poly"] * 6
    with zipfile.ZipFile(path) as archive:
        assert records["picture"][3] == archive.read("elpv_dataset/data/images/cell0004.png")
    assert Image.open(io.BytesIO(records["picture"][3])).size == (48, 48)
