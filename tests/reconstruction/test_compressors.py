"""Codes told against training rows: known values, and scikit-learn's own trustworthiness."""

import numpy as np
import pytest
from sklearn import manifold
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from caselab.architectures.pca import PrincipalComponents
from caselab.errors import UserError
from caselab.reconstruction.compressors import Compressor, commonest, trustworthiness
from caselab.storage.rows import Rows


@pytest.fixture(scope="module")
def rows():
    """Return 80 rows of 6 numbers in two clouds, and which cloud each is of."""
    random = np.random.default_rng(0)
    side = np.repeat([0, 1], 40)
    return random.normal(size=(80, 6)) + 4 * side[:, None], np.array(["low", "high"])[side]


def test_trustworthiness_is_that_of_scikit_learn_where_rows_are_compared_with_all_others(rows):
    X, _ = rows
    codes, k = X[:, :2], 5
    found = []
    for row in range(len(X)):
        others = np.delete(np.arange(len(X)), row)
        away = ((codes[others] - codes[row]) ** 2).sum(axis=1)
        near = np.argsort(away)[:k]
        found.append(trustworthiness(X[[row]], X[others], near[None])[0])
    assert np.mean(found) == pytest.approx(manifold.trustworthiness(X, codes, n_neighbors=k))


def test_the_worst_neighbours_are_not_trustworthy_at_all():
    reference = np.arange(1.0, 21.0)[:, None]
    worst, best = np.arange(15, 20)[None], np.arange(5)[None]
    assert trustworthiness(np.zeros((1, 1)), reference, worst) == pytest.approx(0)
    assert trustworthiness(np.zeros((1, 1)), reference, best) == 1


def test_the_commonest_label_wins_and_of_several_the_first():
    labels = np.array([["b", "a", "b"], ["c", "b", "a"], ["c", "c", "c"]])
    assert commonest(labels).tolist() == ["b", "a", "c"]


def test_what_is_judged_is_what_the_model_does(rows):
    X, y = rows
    compressor, pca = Compressor(PrincipalComponents(2)).fit(X, y), PCA(2).fit(X)
    judged = compressor.judge(X)
    back = pca.inverse_transform(pca.transform(X))
    np.testing.assert_allclose(judged.error, ((back - X) ** 2).mean(axis=1))
    np.testing.assert_allclose(judged.spread, ((X - X.mean(axis=0)) ** 2).mean(axis=1))
    assert (judged.label == y).mean() > 0.95
    assert Compressor(PrincipalComponents(2)).fit(X).judge(X).label is None


def test_rows_on_disk_and_of_any_shape_are_judged_as_flat_ones(rows):
    X, y = rows
    flat = Compressor(PrincipalComponents(2)).fit(X, y).judge(X)
    for other in (Rows(X), X.reshape(80, 2, 3)):
        judged = Compressor(PrincipalComponents(2)).fit(other, y).judge(other)
        np.testing.assert_allclose(judged.error, flat.error)
        np.testing.assert_array_equal(judged.label, flat.label)


def test_more_numbers_cost_less_error(rows):
    found = Compressor(PrincipalComponents(2), sizes=(1, 3, 5)).fit(rows[0]).rate_
    assert found["n_codes"] == [1, 3, 5]
    assert found["error"] == sorted(found["error"], reverse=True)


def test_a_code_as_large_as_a_row_is_refused(rows):
    with pytest.raises(UserError, match="n_codes is 6, but a row has only 6 numbers"):
        Compressor(PrincipalComponents(6)).fit(rows[0])


def test_it_can_be_a_step_of_a_pipeline(rows):
    pipeline = make_pipeline(Compressor(PrincipalComponents(2))).fit(*rows)
    assert pipeline.inverse_transform(pipeline.transform(rows[0])).shape == (80, 6)
