"""Codes are learned from rows alone, and judged by classes."""

import numpy as np
import pandas as pd
import pytest

from caselab import architectures, cases
from caselab.errors import UserError
from caselab.evaluation.metrics.compression import codes
from caselab.params import PipelineBlock
from caselab.problems.compression import problem
from tests import toys


@pytest.fixture(scope="module")
def rows():
    return toys.rows("compression", "pictures")


def fitted(rows, y, **settings):
    block = PipelineBlock(case="images_codes", view="images_codes-pictures", **settings)
    return architectures.build(block, "pictures", "compression", 0, 1).fit(rows.X, y)


def test_classes_judge_codes_and_teach_them_nothing(rows):
    y = pd.Series(np.where(rows.X.mean(axis=(1, 2)) > 40, "light", "dark"))
    settings = {"architecture": "pca", "model": {"n_codes": 4}}
    taught, other = (fitted(rows, each, **settings) for each in (y, y[::-1].reset_index(drop=True)))
    found, without = (problem.answer(each, rows.asked) for each in (taught, other))
    np.testing.assert_array_equal(codes(found), codes(without))
    assert set(found["neighbours"]) <= {"light", "dark"}
    assert problem.decide(found, cases.load("images_codes"), {}).equals(found["neighbours"])
    alone = fitted(rows, None, **settings)
    answers = problem.answer(alone, rows.asked)
    assert "neighbours" not in answers
    scores = problem.score(None, answers, cases.load("images_codes"))
    assert np.isnan(scores.pop("neighbours"))
    assert np.isfinite([*scores.values()]).all()


def test_the_baseline_explains_nothing(rows):
    answers = problem.answer(fitted(rows, None, architecture="baseline"), rows.X)
    scores = problem.score(None, answers, cases.load("images_codes"))
    assert scores["explained"] == pytest.approx(0, abs=1e-6)
    assert scores["code_size"] == 0


@pytest.mark.parametrize("architecture", ["pca", "autoencoder", "variational_autoencoder"])
def test_a_code_as_large_as_a_row_is_refused(rows, architecture):
    with pytest.raises(UserError, match="n_codes is 144, but a row has only 144 numbers"):
        fitted(rows, None, architecture=architecture, model={"n_codes": 144})


def test_few_rows_are_refused():
    with pytest.raises(UserError, match="Only 3 rows"):
        problem.check(None, {"train": np.array([True] * 3)})
