import pandas as pd

from caselab.sources import trec_questions
from tests.extracts import reading


def test_questions_of_six_kinds_and_finer_ones():
    records = reading.read("trec_questions")
    assert list(records) == ["id", "text", "label", "fine"]
    assert set(records["label"]) == set(trec_questions.KINDS.values())
    assert records.groupby("fine")["label"].nunique().max() == 1
    assert records.iloc[0].tolist()[1:] == [
        "How did serfdom develop in and then leave Russia ?",
        "description",
        "DESC:manner",
    ]


def test_the_publishers_file_gives_the_same(tmp_path):
    """Its one byte of no encoding became a sign of its own in the package; to us it is a space."""
    text = (reading.HERE / "trec_questions.txt").read_text(encoding="utf-8")
    published = text.replace("\N{REPLACEMENT CHARACTER}", "\xf0").encode("latin1")
    assert b"sister\xf0city" in published
    (tmp_path / "train_5500.label").write_bytes(published)
    again = trec_questions.read_published(tmp_path / "train_5500.label")
    pd.testing.assert_frame_equal(again, reading.read("trec_questions"))
    assert again["text"].str.contains("sister city").any()
