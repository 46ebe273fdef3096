import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from caselab.grouping.detectors import Detector, spoiled


class FarFromZero(BaseEstimator):
    """Scores a row by its greatest number."""

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def score_samples(self, X):
        return -np.abs(X).max(axis=1)


class Line(PCA):
    """Gives rows back from the first direction."""

    def score_samples(self, X):
        return -np.square(X - self.inverse_transform(self.transform(X))).mean(axis=1)


@pytest.fixture(scope="module")
def rows():
    """Rows along a line in four dimensions, and a column that goes its own way."""
    random = np.random.default_rng(0)
    along = random.normal(size=(500, 1)) @ np.array([[1.0, 1.0, -1.0, 1.0]])
    return np.column_stack([along + 0.05 * random.normal(size=(500, 4)), random.normal(size=500)])


def column_of(n_features):
    return np.arange(n_features)


def test_rows_are_told_from_spoiled_ones_by_a_roc_auc(rows):
    detector = Detector(Line(2), random_state=0).fit(rows)
    score = detector.score(rows)
    truth = np.r_[np.zeros(len(score)), np.ones(len(detector.spoiled_))]
    expected = roc_auc_score(truth, np.r_[score, detector.spoiled_])
    assert detector.below_spoiled(score).mean() == pytest.approx(expected)
    assert expected > 0.8
    assert detector.below_spoiled(np.array([-np.inf, np.inf])).tolist() == [1, 0]


def test_scores_of_one_unit_whatever_the_estimators(rows):
    detector = Detector(FarFromZero(), random_state=0).fit(rows)
    score = detector.score(rows)
    assert np.median(score) == pytest.approx(0)
    assert (score > 1).mean() == pytest.approx(0.1, abs=0.01)
    again = Detector(FarFromZero(), random_state=0).fit(1000 * rows).score(1000 * rows)
    np.testing.assert_allclose(again, score, atol=1e-9)


def test_the_column_that_is_given_back_worst_is_the_odd_one(rows):
    detector = Detector(Line(2), random_state=0, reconstructs=True).fit(rows)
    odd = rows[:3].copy()
    odd[0, 2] += 9
    odd[1, 0] -= 9
    oddness = detector.oddness(odd, detector.score(odd), column_of(5))
    assert oddness[:2].argmax(axis=1).tolist() == [2, 0]
    assert not oddness[2].any()  # an ordinary row


def test_without_a_way_back_it_is_the_column_without_which_the_score_falls_most(rows):
    detector = Detector(FarFromZero(), random_state=0).fit(rows)
    odd = rows[:2].copy()
    odd[0, 3], odd[0, 1] = 30, 12
    oddness = detector.oddness(odd, detector.score(odd), column_of(5))
    unit = detector.edge_ - detector.middle_
    assert (unit * oddness[0]).tolist() == pytest.approx([0, 0, 0, 18, 0])


def test_features_of_one_column_are_odd_together(rows):
    detector = Detector(FarFromZero(), random_state=0).fit(rows)
    odd = rows[:1].copy()
    odd[0, 3], odd[0, 1] = 30, 28
    together = np.array([0, 1, 2, 1, 0])
    oddness = detector.oddness(odd, detector.score(odd), together)
    assert oddness.argmax() == 1
    assert oddness[0, 1] * (detector.edge_ - detector.middle_) > 25


def test_a_spoiled_row_has_one_wrong_value_that_its_column_may_hold():
    random = np.random.default_rng(0)
    category, count = np.eye(3)[random.integers(0, 3, 200)], random.integers(0, 4, 200)
    X = np.column_stack([random.normal(size=200), category, count, random.normal(size=200)])
    made = spoiled(X, 300, random)
    assert ((made >= X.min(axis=0)) & (made <= X.max(axis=0))).all()
    assert np.isin(made[:, 4], [0, 1, 2, 3]).all()
    assert (made[:, 1:4].sum(axis=1) == 1).all()
    changed = made[:, None] != X[None]  # (n_spoiled, n_rows, n_features)
    columns = np.stack(
        [changed[..., 0], changed[..., 1:4].any(-1), *np.moveaxis(changed[..., 4:], -1, 0)]
    )
    assert (columns.sum(axis=0).min(axis=1) <= 1).all()
    assert (columns.sum(axis=0).min(axis=1) == 1).mean() > 0.5


def test_a_row_is_told_alike_alone_and_among_others(rows):
    detector = Detector(FarFromZero(), random_state=0).fit(rows)
    whole = detector.oddness(rows, detector.score(rows), column_of(5))
    row = int(whole.sum(axis=1).argmax())
    alone = rows[[row]]
    told = detector.oddness(alone, detector.score(alone), column_of(5))
    np.testing.assert_array_equal(told[0], whole[row])
