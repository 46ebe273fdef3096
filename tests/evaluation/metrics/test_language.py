"""Perplexity of words, whatever the tokens."""

import numpy as np
import pandas as pd
import pytest

from caselab.evaluation.metrics.language import METRICS

ANSWERS = pd.DataFrame(
    {"log_probability": [-np.log(8.0), -np.log(64.0)], "words": [3, 2], "characters": [3, 9]}
)


def score(name, weights=None):
    return METRICS[name].function(None, ANSWERS, {}, None, weights)


def test_it_is_the_number_of_words_that_would_be_as_likely():
    """Nine factors of 2 over five words; over twelve characters they are as many bits."""
    assert score("perplexity") == pytest.approx(2 ** (9 / 5))
    assert score("bits_per_character") == pytest.approx(9 / 12)


def test_weights_count_texts_more_than_once():
    found = score("perplexity", np.array([[1.0, 0.0], [0.0, 2.0]]))
    assert found == pytest.approx([2.0, 8.0])
