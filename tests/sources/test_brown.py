"""The Brown corpus, and its tags as universal ones."""

import pytest

from caselab.sources.brown import UNIVERSAL, universal
from tests.extracts import reading


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        *(("nn-tl", "NOUN"), ("np$", "NOUN"), ("vbz-hl", "VERB"), ("bez*", "VERB"), ("*", "ADV")),
        *(("ppss+md", "PRT"), ("wrb+bez-tl", "PRT"), ("nn+bez", "NOUN"), ("md+hv", "VERB")),
        *(("fw-in+at-t", "X"), ("nil", "X"), ("--", "."), ("---hl", "."), (".-hl", ".")),
        *(("pp$", "DET"), ("pp$$", "PRON"), ("cs", "ADP"), ("to", "PRT"), ("ap$", "PRT")),
    ],
)  # fmt: skip
def test_a_tag_has_its_universal_one(tag, found):
    assert universal(tag) == found


def test_a_tag_that_is_none_is_refused():
    with pytest.raises(KeyError):
        universal("zz")


def test_each_tag_stands_in_the_table_once():
    tags = [tag for tags in UNIVERSAL.values() for tag in tags.split()]
    assert len(tags) == len(set(tags)) == 91
    assert len(UNIVERSAL) == 12


def test_sentences_have_as_many_tags_as_words():
    records = reading.read("brown")
    first = records.iloc[0]
    assert (first["id"], first["document"], first["genre"]) == ("ca01-001", "ca01", "news")
    assert first["text"].startswith("The Fulton County Grand Jury said Friday")
    assert first["tags"].startswith("DET NOUN NOUN ADJ NOUN VERB NOUN")
    assert records["id"].is_unique
    n_words, n_tags = (records[name].str.split().str.len() for name in ("text", "tags"))
    assert (n_words == n_tags).all()
    assert set(" ".join(records["tags"]).split()) <= UNIVERSAL.keys()
