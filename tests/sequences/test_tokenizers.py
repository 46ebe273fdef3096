"""Tokens that are learned from training texts and give texts back."""

import json

import numpy as np
import pytest

from caselab.errors import UserError
from caselab.learning.vocabulary import END, SPECIAL, START, UNKNOWN
from caselab.sequences.tokenizers import CHARACTERS, Tokenizer

TEXTS = [
    "The state of the union is strong.",
    "The people's house, the people's money; the union's strength!",
    "We owe 1,000 dollars, and the state owes them too.",
] * 3
UNITS = ["words", "characters", "byte_pairs"]
SIZES = {"words": 100, "characters": 100, "byte_pairs": 300}


def learned(unit, **settings):
    return Tokenizer(unit, **{"size": SIZES[unit], **settings}).fit(TEXTS)


@pytest.mark.parametrize("unit", UNITS)
def test_ids_of_a_text_give_the_text_back(unit):
    tokenizer = learned(unit)
    text = "The people's  house\nowes 1,000 dollars, too."
    (ids,) = tokenizer.ids([text], start=True, end=True)
    assert (ids[0], ids[-1]) == (START, END)
    assert (ids[1:-1] > END).all()
    assert ids.max() < tokenizer.n_ids <= SIZES[unit]
    assert tokenizer.texts([ids]) == ["The people's house owes 1,000 dollars, too."]


@pytest.mark.parametrize("unit", UNITS)
def test_it_is_kept_as_text_and_learned_twice_it_is_the_same(unit):
    one, two = learned(unit), learned(unit)
    assert one.json_ == two.json_
    assert [*json.loads(one.json_)["model"]["vocab"]][:4] == [*SPECIAL]
    assert "_made" not in one.__getstate__()


def test_unknown_tokens_are_one_and_the_same_and_byte_pairs_know_all():
    assert UNKNOWN in learned("words").ids(["the zyzzyva"])[0]
    assert UNKNOWN in learned("characters").ids(["the ☃"])[0]
    byte_pairs = learned("byte_pairs")
    assert UNKNOWN not in byte_pairs.ids(["zyzzyva ☃"])[0]
    assert byte_pairs.texts(byte_pairs.ids(["zyzzyva ☃"])) == ["zyzzyva ☃"]


@pytest.mark.parametrize("unit", UNITS)
def test_a_text_that_spells_a_special_token_is_text(unit):
    (ids,) = learned(unit).ids(["the <end> <padding>"])
    assert not {START, END} & {*ids.tolist()}
    assert 0 not in ids


@pytest.mark.parametrize("unit", UNITS)
def test_an_empty_text_has_no_token(unit):
    (ids,) = learned(unit).ids(["  "], start=True)
    assert ids.tolist() == [START]


def test_what_a_vocabulary_lacks_is_spelled_so_that_probabilities_compare():
    known, short, long, strange = learned("words").spelling(
        ["the state", "the rest", "the restless", "the ☃"]
    )
    assert known == 0 > short > long
    assert strange < -np.log(CHARACTERS)
    assert learned("byte_pairs").spelling(["zyzzyva ☃"]).tolist() == [0]
    assert learned("characters").spelling(["☃ the"]) == pytest.approx(-np.log(CHARACTERS))


def test_spellings_of_a_length_are_a_distribution():
    """Of the words of one letter and their end, no more than 1 is shared out."""
    tokenizer = learned("words")
    share = np.exp(-tokenizer.letter_surprise_)
    assert share[:-1].sum() + share[-1] * CHARACTERS == pytest.approx(1)


def test_small_letters_are_the_same_token():
    tokenizer = learned("words", lowercase=True)
    assert tokenizer.ids(["THE State"])[0].tolist() == tokenizer.ids(["the state"])[0].tolist()
    assert tokenizer.spelling(["ZEAL"]) == tokenizer.spelling(["zeal"])


def test_no_room_and_no_text_are_refused():
    with pytest.raises(UserError, match="260 or more"):
        Tokenizer("byte_pairs", 100).fit(TEXTS)
    with pytest.raises(UserError, match="empty"):
        Tokenizer("words", 100).fit(["", " "])
