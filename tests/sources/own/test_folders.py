import io

import pytest
from PIL import Image

from caselab import sources
from caselab.errors import UserError
from caselab.sources.own import folders


def png(colour):
    stream = io.BytesIO()
    Image.new("RGB", (4, 3), colour).save(stream, "png")
    return stream.getvalue()


def write(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


PETS = {"cats/1.png": png("red"), "dogs/2.PNG": png("blue"), "dogs/.hidden.png": b"", "a.rst": b"x"}


def test_one_folder_a_class(tmp_path):
    pets = write(tmp_path / "pets", PETS)
    records = sources.records(sources.load(str(pets)))
    assert records["path"].tolist() == ["cats/1.png", "dogs/2.PNG"]
    assert records["label"].tolist() == ["cats", "dogs"]
    assert records["picture"].tolist() == [PETS["cats/1.png"], PETS["dogs/2.PNG"]]


def test_texts_in_whatever_encoding(tmp_path):
    files = {"ham/1.txt": "Grüße".encode(), "spam/2.txt": "für €".encode("cp1252")}
    files |= {"spam/3.txt": "weiß".encode("utf-16"), "spam/4.txt": b""}
    records = folders.read(write(tmp_path, files))
    assert records["text"].tolist() == ["Grüße", "für €", "weiß", ""]


def test_a_split_that_came_with_the_folders(tmp_path):
    files = {f"{part}/{label}/1.txt": b"x" for part in ("train", "test") for label in "ab"}
    records = folders.read(write(tmp_path, files))
    assert records["split"].tolist() == ["test", "test", "train", "train"]
    assert records["label"].tolist() == ["a", "b", "a", "b"]


def test_a_table_of_labels(tmp_path):
    labels = b"file,mood,stars\n1.txt,good,5\nmore/2.txt,bad,1\n"
    texts = {"1.txt": b"fine", "more/2.txt": b"awful"}
    write(tmp_path, texts | {"labels.csv": labels})
    records = folders.read(tmp_path, labels="labels.csv")
    assert records.to_dict("list") == {
        "path": ["1.txt", "more/2.txt"],
        "text": ["fine", "awful"],
        "mood": ["good", "bad"],
        "stars": [5, 1],
    }
    write(tmp_path, {"3.txt": b"of whom nobody says what it is"})
    records = folders.read(tmp_path, labels="labels.csv")
    assert records["path"].tolist() == ["1.txt", "3.txt", "more/2.txt"]
    assert records["mood"].isna().tolist() == [False, True, False]


def test_files_of_other_endings_are_no_rows(tmp_path):
    others = {"cats/2.heic": b"", "labels.csv": b"", "notes.txt": b"", ".git/3.heic": b""}
    write(tmp_path, {"cats/1.png": png("red")} | others)
    found = [file.name for file in folders.unread(tmp_path, "pictures", "labels.csv")]
    assert found == ["2.heic", "notes.txt"]


BAD = {
    "no folder": ({}, {}, "is no folder"),
    "nothing": ({"a.rst": b""}, {}, "holds no pictures .* and no texts"),
    "not one": ({"a/1.png": b"nonsense"}, {}, r"a/1\.png is no picture that can be read"),
    "empty": ({"a/1.png": b""}, {}, r"\(empty\)"),
    "cut": ({"a/1.png": png("red")[:45]}, {}, "is no picture"),
    "loose": ({"1.png": png("red")}, {}, r"lie in no folder of a class, such as 1\.png"),
    "no labels": ({"1.txt": b"x"}, {"labels": "l.csv"}, r"no table in .* named 'l\.csv'"),
    "others": (
        {"1.txt": b"x", "l.csv": b"file,mood\n1,good\n"},
        {"labels": "l.csv"},
        r"No column of .*l\.csv names the files",
    ),
    "absent": (
        {"1.txt": b"x", "l.csv": b"file,mood\n1.txt,good\n2.txt,bad\n"},
        {"labels": "l.csv"},
        r"names 1 files that are not there, such as 2\.txt",
    ),
    "twice": (
        {"1.txt": b"x", "l.csv": b"file,mood\n1.txt,good\n1.txt,bad\n"},
        {"labels": "l.csv"},
        r"names 1\.txt twice",
    ),
}


def test_a_picture_too_large_to_open_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5)
    with pytest.raises(UserError, match=r"1\.png is no picture .*\(DecompressionBombError\)"):
        folders.read(write(tmp_path, {"a/1.png": png("red")}))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_folder_is_told_in_one_sentence(tmp_path, name):
    files, options, message = BAD[name]
    with pytest.raises(UserError, match=message) as raised:
        folders.read(write(tmp_path / "data", files), **options)
    assert "\n" not in str(raised.value)
