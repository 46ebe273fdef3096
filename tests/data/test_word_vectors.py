"""Files of word vectors in each format, and those that are none."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from caselab.data import downloads, word_vectors
from caselab.data.word_vectors import read
from caselab.errors import UserError

WORDS = ("the", "schiff", "über")
VECTORS = np.array([[0.5, -1.25], [2.0, 0.0], [1.0, 3.5]], dtype=np.float32)


@pytest.fixture(autouse=True)
def unread():
    read.cache_clear()
    yield
    read.cache_clear()


def lines():
    rows = zip(WORDS, VECTORS, strict=True)
    return "".join(f"{word} {' '.join(map(str, vector))}\n" for word, vector in rows)


def binary():
    rows = zip(WORDS, VECTORS, strict=True)
    return b"3 2\n" + b"".join(word.encode() + b" " + vector.tobytes() for word, vector in rows)


@pytest.mark.parametrize(
    "content",
    [lines().encode(), b"3 2\n" + lines().encode(), binary()],
    ids=["glove", "word2vec-text", "word2vec-binary"],
)
def test_each_format_is_told_from_the_others(tmp_path, content):
    path = tmp_path / "vectors"
    path.write_bytes(content)
    found = read(str(path))
    assert found.words == WORDS
    np.testing.assert_array_equal(found.vectors, VECTORS)
    assert found.told["sha256"] == hashlib.sha256(content).hexdigest()


def test_vectors_and_words_in_two_files_of_a_package(tmp_path, monkeypatch):
    np.save(tmp_path / "vectors.npy", VECTORS)
    pd.DataFrame({"index": WORDS}).to_parquet(tmp_path / "words.parquet")
    files = {name: tmp_path / name for name in ("vectors.npy", "words.parquet")}
    monkeypatch.setattr(downloads, "fetch", lambda file: files[file.place])
    two = (downloads.File(name, "") for name in files)
    monkeypatch.setitem(
        word_vectors.PACKAGES, "two", word_vectors._Package(*two, licence="free", origin="here")
    )
    monkeypatch.setattr(word_vectors, "MOST_WORDS", 2)
    found = read("two")
    assert found.words == WORDS[:2]
    np.testing.assert_array_equal(found.vectors, VECTORS[:2])
    assert found.told == {"origin": "here", "licence": "free", "sha256": ""}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lines() + "and 1.0\n", "line 4 has not 2 numbers after a word"),
        ("3 3\n" + lines(), "line 2 has not 3 numbers after a word"),
        ("what is this?\n", "line 1 has not 2 numbers after a word"),
        ("", "holds no vectors"),
        ("3 2\nthe \0\0", "is no file of vectors"),
        ("the 1.0 nan\n", "numbers that are not finite"),
    ],
)
def test_a_file_that_is_none_is_one_sentence(tmp_path, content, told):
    (tmp_path / "wrong.txt").write_text(content)
    with pytest.raises(UserError, match=told) as refused:
        read(str(tmp_path / "wrong.txt"))
    assert "\n" not in str(refused.value)


def test_a_name_that_is_none_tells_what_there_is():
    with pytest.raises(UserError, match=r"are no file, and come in no package; .* glove_6b_50d"):
        read("glove_6b_5000d")
