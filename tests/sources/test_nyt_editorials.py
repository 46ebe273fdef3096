import io
import tarfile

import pandas as pd

from caselab.sources import nyt_editorials
from tests.extracts import reading

EXTRACT = reading.HERE / "nyt_editorials.txt"


def test_sentences_with_their_article_and_mean_rating():
    records = reading.read("nyt_editorials")
    assert list(records) == ["id", "article", "text", "rating"]
    first = records.iloc[0]
    assert (first["id"], first["article"], first["rating"]) == ("1_1", "1", 0.4)
    assert first["text"].startswith("On Dec. 19, around noon, New York City's Union Square")
    assert records["article"].nunique() == 45
    assert records["id"].is_unique
    assert records["rating"].between(-4, 4).all()


def test_quotation_marks_are_part_of_a_sentence():
    assert reading.read("nyt_editorials")["text"].str.startswith("''").any()


def test_the_authors_archive_gives_the_same(tmp_path):
    with tarfile.open(tmp_path / "hutto.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo(nyt_editorials.MEMBER)
        member.size = EXTRACT.stat().st_size
        archive.addfile(member, io.BytesIO(EXTRACT.read_bytes()))
    published = nyt_editorials.read_published(tmp_path / "hutto.tar.gz")
    pd.testing.assert_frame_equal(published, reading.read("nyt_editorials"))
