import json
import tarfile

from caselab.sources.state_of_the_union import PASSAGE_WORDS, passages
from tests.extracts import reading


def test_passages_of_speeches():
    records = reading.read("state_of_the_union")
    assert list(records) == ["id", "speech", "year", "president", "text"]
    assert records["id"].is_unique
    assert records.iloc[0]["id"] == f"{records.iloc[0]['speech']}-001"
    assert records["year"].is_monotonic_increasing
    assert (records["speech"].str[:4].astype(int) == records["year"]).all()
    assert records["speech"].nunique() == 11


def test_no_word_is_lost():
    """In order, a speech's passages are its text."""
    with tarfile.open(reading.HERE / "state_of_the_union.tgz") as archive:
        told = [json.load(archive.extractfile(name)) for name in archive.getnames()]
    spoken = [word for speech in told for word in speech["text"].split()]
    records = reading.read("state_of_the_union")
    assert [word for text in records["text"] for word in text.split()] == spoken


def test_a_passage_ends_with_a_sentence_and_is_no_scrap():
    text = "  ".join(
        f"Sentence {number} of Mr. Adams and J. Q. Adams has ten." for number in range(50)
    )
    cut = list(passages(text))
    assert len(cut) > 1
    assert all(each.endswith("ten.") and each.startswith("Sentence") for each in cut)
    assert all(PASSAGE_WORDS <= len(each.split()) < 2 * PASSAGE_WORDS + 12 for each in cut)


def test_a_short_text_is_one_passage_and_none_is_none():
    assert list(passages("One sentence. Two.")) == ["One sentence. Two."]
    assert list(passages(" ")) == []
