"""Metrics of codes, by hand."""

import numpy as np
import pandas as pd
import pytest

from caselab.evaluation.metrics.compression import METRICS, codes

ANSWERS = pd.DataFrame(
    {
        "code_1": [0.5, 0.0, 1.0, 0.0],
        "code_2": [0.5, 0.0, 0.0, 2.0],
        "squared_error": [0.01, 0.01, 0.03, 0.03],
        "squared_distance": [0.1, 0.2, 0.3, 0.4],
        "trustworthiness": [1.0, 0.5, 0.5, 1.0],
        "neighbours": ["a", "b", "a", "b"],
    }
)


def score(name, weights=None, y=("a", "b", "b", "b")):
    y = None if y is None else pd.Series(y)
    return METRICS[name].function(y, ANSWERS, {}, None, weights)


def test_scores_by_hand():
    assert codes(ANSWERS).shape == (4, 2)
    assert score("error") == pytest.approx(0.02)
    assert score("psnr") == pytest.approx(-10 * np.log10(0.02))
    assert score("explained") == pytest.approx(1 - 0.08 / 1.0)
    assert score("neighbours") == 0.75
    assert score("trustworthiness") == 0.75
    assert score("code_size") == 1.0  # numbers that are not 0, a row


def test_a_resample_weighs_rows():
    weights = np.array([[1, 1, 1, 1], [2, 2, 0, 0]], dtype=float)
    np.testing.assert_allclose(score("error", weights), [0.02, 0.01])
    np.testing.assert_allclose(score("psnr", weights), -10 * np.log10([0.02, 0.01]))
    np.testing.assert_allclose(score("explained", weights), [0.92, 1 - 0.04 / 0.6])


def test_rows_without_classes_have_no_accuracy():
    assert np.isnan(score("neighbours", y=None))
    assert np.isnan(score("neighbours", np.ones((3, 4)), y=None)).all()
