"""What words are spelt by."""

import numpy as np
import pytest

from caselab.learning import spelling
from caselab.learning.vocabulary import UNKNOWN


@pytest.mark.parametrize(
    ("word", "shape"),
    [("dog", "x"), ("Dog", "Xx"), ("McKay's", "XxXx'x"), ("1,200", "0,0"), ("U.S.", "X.X."), ("日本", "x")],
)  # fmt: skip
def test_a_word_has_a_shape(word, shape):
    assert spelling.parts(word)[-1] == shape


def test_a_word_is_told_by_its_beginning_and_endings():
    assert spelling.parts("Running") == ("running", "run", "g", "ng", "ing", "Xx")
    assert spelling.parts("a") == ("a", "a", "a", "a", "a", "x")


def test_a_word_never_read_shares_ids_of_its_parts():
    read = [["jumping", "jumping", "dogs", "dogs"]]
    known = spelling.vocabularies(read, least=2)
    (ids,) = spelling.ids([["walking", "dogs", "Ω"]], known)
    (of_read,) = spelling.ids(read, known)
    assert ids.shape == (3, len(spelling.PARTS))
    assert (ids[0] == of_read[0]).tolist() == [False, False, True, True, True, True]
    assert (ids[1] == of_read[2]).all()
    assert (ids[2] == [UNKNOWN] * 6).tolist() == [True] * 5 + [True]
    assert spelling.ids([[]], known)[0].shape == (0, len(spelling.PARTS))
    assert np.issubdtype(ids.dtype, np.integer)
