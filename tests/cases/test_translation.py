"""Sentences of a user interface: which are alike, and which are of the wrong language."""

import pandas as pd
import pytest

from caselab.cases import translation
from caselab.data import contracts
from caselab.errors import UserError


def pairs(english, german):
    return pd.DataFrame(
        {"id": [f"p{n}" for n in range(len(english))], "english": english, "german": german}
    )


ENGLISH = ["Turn on the light for the room", "The code is wrong", "Open the door", "Try it again"]
GERMAN = ["Schalte das Licht für den Raum ein", "Der Code ist falsch", "Öffne die Tür", "Nochmal"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Enter the host of your device.", "Enter your device hosts"),
        ("Token 1 is invalid", "Invalid token (2)!"),
        ("Light on", "light is ON"),
    ],
)
def test_sentences_that_say_nearly_the_same_are_of_one_group(one, other):
    assert translation.content(one) == translation.content(other)


def test_other_sentences_are_of_other_groups():
    records, _ = translation.clean(pairs(ENGLISH, GERMAN))
    assert records["likeness"].is_unique
    assert translation.content("is it on") == "is it on"  # nothing is left, so it stands for itself


def test_pairs_of_the_right_languages_keep_the_contract():
    contracts.check(pairs(ENGLISH, GERMAN), translation.contract())


@pytest.mark.parametrize("swapped", [True, False])
def test_pairs_of_wrong_languages_break_it(swapped):
    given = pairs(GERMAN, ENGLISH) if swapped else pairs(ENGLISH, ENGLISH)
    with pytest.raises(UserError, match=r"German, and not English|English, and not German"):
        contracts.check(given, translation.contract())
