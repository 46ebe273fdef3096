"""Passages, pairs and analogies: which are asked, and of which part they are."""

import pytest

from caselab.sources import words
from tests.extracts import reading


@pytest.fixture(scope="module")
def records():
    return reading.read("words")


def test_texts_are_learned_from_and_questions_are_of_validation_or_test(records):
    texts = records["asked"].isna()
    assert (records.loc[texts, "part"] == "train").all()
    assert set(records.loc[~texts, "part"]) == {"validation", "test"}
    assert records["id"].is_unique
    shares = (
        records[~texts].groupby("asked")["part"].agg(lambda part: (part == "validation").mean())
    )
    assert shares["similarity"] == pytest.approx(words.VALIDATION, abs=0.05)
    counts = records["asked"].value_counts()
    assert (counts["similarity"], counts["relatedness"]) == (999, 353)


def test_a_pair_is_of_one_part_in_whatever_order_and_set_it_stands(records):
    pairs = records[records["asked"].isin(["similarity", "relatedness"])]
    key = pairs["text"].map(lambda text: " ".join(sorted(text.lower().split())))
    assert key.duplicated().any()
    assert (pairs.groupby(key)["part"].nunique() == 1).all()
    assert words.part({"Tiger", "cat"}) == words.part({"cat", "tiger"})


def test_what_people_said_is_told_of_pairs_alone(records):
    first = records[records["id"] == "wordsim353-001"].iloc[0]
    assert (first["text"], first["told"]) == ("love sex", 6.77)
    assert records.loc[records["asked"] == "analogy", "told"].isna().all()


def test_analogies_are_asked_whose_words_stand_in_the_texts_often_enough(tmp_path):
    file = tmp_path / "questions.txt"
    file.write_text(": family\nMan King woman queen\nman king woman duchess\n: size\nbig bigger\n")
    found = [*words.questions(file, {"man", "king", "woman", "queen"})]
    assert found == [
        (
            "family-00002",
            "man king woman queen",
            "analogy",
            None,
            words.part({*found[0][1].split()}),
        )
    ]
