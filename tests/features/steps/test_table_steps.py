"""The table's own transformers of arrays, and the fitted ones of libraries as we set them up."""

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import SelectFromModel
from sklearn.utils.estimator_checks import parametrize_with_checks

from caselab.architectures.polynomial import StrongestProducts
from caselab.errors import UserError
from caselab.features.steps.encoding import FrequencyEncoder, HashingEncoder, encoder
from caselab.features.steps.imputation import DropMissing, NeighborImputer, imputer
from caselab.features.steps.outliers import ClipOutliers, bounds, signed_log, without_outliers
from caselab.features.steps.selection import DropCorrelated, chi2_of_numbers, selector


@parametrize_with_checks(
    [
        ClipOutliers(),
        DropCorrelated(),
        DropMissing(),
        FrequencyEncoder(),
        HashingEncoder(),
        NeighborImputer(),
        StrongestProducts(),
    ]
)
def test_a_transformer_of_arrays_keeps_sklearns_contract(estimator, check):
    check(estimator)


WORDS = {"keep": 0.3, "min_variance": 0.01, "max_correlation": 0.9, "random_state": 0}


@pytest.fixture
def rows():
    """Return 300 rows of 10 columns of which the first two tell the target, and two targets."""
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 10))
    X[:, 9] = X[:, 0] + 0.01 * random.normal(size=300)
    X[:, 8] = 0.5
    number = 3 * X[:, 0] - 2 * X[:, 1] + 0.1 * random.normal(size=300)
    return X, {"numbers": number, "classes": np.where(number > 0, "yes", "no")}


@pytest.mark.parametrize("target", ["classes", "numbers"])
@pytest.mark.parametrize(
    "select", ["chi2", "anova", "mutual_information", "recursive", "lasso", "trees"]
)
def test_a_selector_that_looks_at_the_target_finds_what_tells_it(rows, select, target):
    X, y = rows
    kept = selector(select, target=target, **WORDS).fit(X, y[target]).get_support()
    assert kept[0] or kept[9]  # the two are nearly one
    assert kept[1]
    assert not kept[8]
    assert kept.sum() <= 5 or select == "lasso"


def test_filters_that_look_at_columns_alone(rows):
    X, _ = rows
    variance = selector("variance", target="none", **WORDS).fit(X)
    assert variance.get_support().tolist() == [True] * 8 + [False, True]
    correlation = selector("correlation", target="none", **WORDS).fit(X)
    assert correlation.get_support().tolist() == [True] * 9 + [False]


def test_chi2_of_numbers_asks_about_tenths():
    random = np.random.default_rng(0)
    X = random.uniform(size=(500, 2))
    scores, _ = chi2_of_numbers(X, np.exp(X[:, 0]))
    assert scores[0] > 10 * scores[1]


def test_trees_are_seeded(rows):
    X, y = rows
    a, b = (selector("trees", target="numbers", **WORDS).fit(X, y["numbers"]) for _ in range(2))
    assert isinstance(a, SelectFromModel)
    np.testing.assert_array_equal(
        a.estimator_.feature_importances_, b.estimator_.feature_importances_
    )


@pytest.mark.parametrize(
    ("rule", "limit", "low", "high"),
    [("iqr", None, -3.0, 9.0), ("iqr", 3.0, -7.5, 13.5), ("z_score", 1.0, None, None)],
)
def test_bounds_are_those_of_the_textbook(rule, limit, low, high):
    column = np.array([1.5, 1.5, 2, 3, 4, 4.5, 4.5, np.nan, 3])[:, None]
    found = bounds(column, rule, limit)
    if rule == "z_score":
        known = column[~np.isnan(column)]
        low, high = known.mean() - known.std(), known.mean() + known.std()
    else:
        first, third = np.nanquantile(column, [0.25, 0.75])
        far = (limit or 1.5) * (third - first)
        low, high = first - far, third + far
    assert found[0][0] == pytest.approx(low)
    assert found[1][0] == pytest.approx(high)


def test_what_has_no_spread_has_no_outliers():
    X = np.column_stack([np.r_[np.zeros(99), 1], np.r_[np.full(80, 5.0), np.arange(20)]])
    low, high = bounds(X, "iqr", None)
    assert np.isinf([low, high]).all()
    low, high = bounds(X[:, :1], "z_score", None)  # two values, however rare one is
    assert np.isinf([low, high]).all()


def test_clipping_moves_outliers_to_the_bound_and_leaves_gaps():
    train = np.r_[np.arange(100.0), 1e6, np.nan][:, None]
    clip = ClipOutliers("iqr").fit(train)
    found = clip.transform(np.array([[50.0], [1e9], [-1e9], [np.nan]]))[:, 0]
    assert found[:3].tolist() == [50, clip.high_[0], clip.low_[0]]
    assert np.isnan(found[3])


def test_only_rows_with_outliers_are_removed():
    X = pd.DataFrame(
        {"a": [*range(50), 1e6], "b": [np.nan] * 51, "c": ["x"] * 51, "d": [True] + [False] * 50}
    )
    kept, y = without_outliers(X, pd.Series(range(51)))
    assert len(kept) == len(y) == 50
    assert y.max() == 49


def test_the_signed_log_draws_in_both_tails():
    np.testing.assert_allclose(
        signed_log(np.array([-np.e + 1, 0, np.e - 1])), [-1, 0, 1], atol=1e-12
    )


def test_frequency_is_the_share_of_training_rows():
    found = FrequencyEncoder().fit(np.array([["a"], ["a"], ["b"], [np.nan]], dtype=object))
    asked = np.array([["a"], [np.nan], ["stranger"]], dtype=object)
    assert found.transform(asked)[:, 0].tolist() == [0.5, 0.25, 0]


def test_hashing_tells_columns_apart_and_takes_any_value():
    X = np.array([["a", "b"], ["b", "a"], [np.nan, "a"]], dtype=object)
    found = HashingEncoder(64).fit(X).transform(X)
    assert (np.abs(found).sum(axis=1) == 2).all()
    assert not np.array_equal(found[0], found[1])
    assert HashingEncoder(64).fit(X[:, :1]).transform([["never seen"]]).any()


def test_a_target_encoding_of_training_rows_does_not_see_their_own_target():
    random = np.random.default_rng(0)
    X = np.arange(200).astype(str).astype(object)[:, None]  # each row a category of its own
    y = random.normal(size=200)
    words = {"max_categories": 100, "hash_columns": 8}
    encoding = encoder("target", target="numbers", **words)
    assert abs(np.corrcoef(encoding.fit_transform(X, y)[:, 0], y)[0, 1]) < 0.2
    numbers = encoder("target", target="numbers", **words)
    # Whole numbers are still one number, and no classes.
    assert numbers.fit_transform(X, np.arange(200)).shape == (200, 1)


def test_iterative_imputation_uses_the_other_columns():
    a = np.arange(100.0)
    X = np.column_stack([a, 2 * a])
    X[50, 1] = np.nan
    assert imputer("iterative").fit_transform(X)[50, 1] == pytest.approx(100, abs=0.5)
    assert imputer("neighbors").fit_transform(X)[50, 1] == pytest.approx(100, abs=2)
    assert imputer("mean").fit_transform(X)[50, 1] == pytest.approx(np.nanmean(X[:, 1]))


def test_columns_of_gaps_are_dropped_by_what_training_missed():
    X = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [None, None, None, "x"], "c": [1, None, 2, 3]})
    drop = DropMissing(0.5).fit(X)
    assert drop.get_feature_names_out().tolist() == ["a", "c"]
    with pytest.raises(UserError, match="each of the 1 columns misses more than 50%"):
        DropMissing(0.5).fit(X[["b"]])
