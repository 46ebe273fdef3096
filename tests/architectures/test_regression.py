"""Architectures for a number: what each is meant to find, and that it survives being stored."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from caselab import architectures
from caselab.architectures import lasso, linear, polynomial, ridge, svm
from caselab.architectures.polynomial import StrongestProducts
from caselab.storage import models
from tests import toys
from tests.architectures.every import solving


@pytest.fixture(scope="module")
def rows():
    """Return 200 rows of 8 columns, and a number that the product of two of them tells."""
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 8))
    y = (
        10_000
        + 500 * (2 * X[:, 0] + X[:, 1] + 2 * X[:, 0] * X[:, 1])
        + 50 * random.normal(size=200)
    )
    return X, y


def fitted(model, rows):
    X, y = rows
    model.fit(X[:150], y[:150])
    return r2_score(y[150:], model.predict(X[150:]))


def test_products_find_what_a_plane_misses(rows):
    assert fitted(polynomial.regression(), rows) > 0.98
    assert fitted(linear.regression(), rows) < 0.8
    X, y = rows
    assert fitted(svm.regression(), (X[:, :2], y)) > 0.9


def test_least_squares_are_numpys(rows):
    X, y = rows
    model = linear.regression().fit(X, y)
    expected, *_ = np.linalg.lstsq(np.c_[X, np.ones(len(X))], y, rcond=None)
    np.testing.assert_allclose([*model.coef_, model.intercept_], expected)


def test_the_lasso_leaves_out_columns_that_tell_nothing_and_the_ridge_none(rows):
    X, y = rows
    assert (lasso.regression(alpha=200.0, random_state=0).fit(X, y).coef_ == 0).sum() >= 5
    assert (ridge.regression(alpha=200.0).fit(X, y).coef_ != 0).all()


@pytest.mark.parametrize("unit", [1.0, 1e-3, 1e6])
@pytest.mark.parametrize("name", ["lasso", "ridge", "svm", "polynomial"])
def test_without_settings_the_unit_of_the_target_does_not_matter(rows, name, unit):
    X, y = rows
    seed = {"random_state": 0} if name == "lasso" else {}
    make = architectures.load(name).regression
    whole = make(**seed).fit(X, y).predict(X)
    np.testing.assert_allclose(make(**seed).fit(X, y * unit).predict(X) / unit, whole, rtol=1e-3)


def test_the_strongest_columns_are_multiplied_and_all_are_kept(rows):
    X, y = rows
    products = StrongestProducts(n_columns=2).fit(X, y)
    assert products.strongest_.tolist() == [0, 1]
    found = products.transform(X)
    np.testing.assert_array_equal(found[:, :8], X)
    np.testing.assert_allclose(found[:, 8:], np.c_[X[:, 0] ** 2, X[:, 0] * X[:, 1], X[:, 1] ** 2])
    assert StrongestProducts(n_columns=99).fit(X, y).transform(X).shape == (200, 8 + 36)
    only = StrongestProducts(n_columns=2, interactions=True).fit(X, y)
    assert only.transform(X).shape == (200, 9)
    plane = LinearRegression().fit(only.transform(X), y)
    assert plane.coef_[8] == pytest.approx(1000, rel=0.05)


@pytest.mark.parametrize("entry", solving("regression"), ids=str)
def test_a_fit_of_a_logged_target_is_stored_without_a_pickle_in_bytes_that_repeat(entry, tmp_path):
    toy = toys.rows("regression", entry.view)
    contents = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        pipeline = entry.fit(toy.X, toy.y, entry.build(entry.block(target="log")))
        models.save(pipeline, folder)
        contents.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert contents[0] == contents[1]
    read = models.load(tmp_path / "a")
    np.testing.assert_array_equal(read.predict(toy.asked), pipeline.predict(toy.asked))
    assert (read.predict(toy.asked) > -1).all()  # below which no logarithm leads back
