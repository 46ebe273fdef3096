from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from caselab.evaluation.explanation.shapley import codes, shapley


@pytest.fixture
def X():
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "a": random.normal(size=6),
            "b": random.choice(["x", "y"], 6),
            "c": pd.Series(random.choice([1.0, np.nan], 6)),
        }
    )


def interacting(table):
    """Two outputs; the first multiplies a and b, so that the order of the walk matters."""
    a, b = table["a"].to_numpy(), (table["b"] == "x").to_numpy(dtype=float)
    c = table["c"].isna().to_numpy(dtype=float)
    return np.column_stack([a * b + 2 * c, a - b * c])


def exact(function, row, background):
    """Average over all orders and background rows, by the definition."""
    columns, phi = list(row.columns), 0
    orders = list(permutations(columns))
    for order in orders:
        for place in range(len(background)):
            mixed = background.iloc[[place]].copy()
            steps = {}
            before = function(mixed)
            for column in order:
                mixed[column] = row[column].to_numpy()
                steps[column], before = function(mixed) - before, function(mixed)
            phi = phi + np.stack([steps[column][0] for column in columns])
    return phi / (len(orders) * len(background))


def test_values_sum_to_the_answer_minus_the_base(X):
    added, base = shapley(interacting, X.head(3), X.tail(3), np.random.default_rng(1))
    assert added.sum(axis=1) + base == pytest.approx(interacting(X.head(3)))
    assert base == pytest.approx(interacting(X.tail(3)).mean(axis=0))


def test_many_walks_come_to_the_definition(X):
    background = pd.concat([X.tail(3)] * 400, ignore_index=True)
    added, _ = shapley(interacting, X.head(2), background, np.random.default_rng(1))
    for place in range(2):
        expected = exact(interacting, X.iloc[[place]], X.tail(3))
        assert added[place] == pytest.approx(expected, abs=0.03)


def test_one_walk_and_its_reverse_are_exact_where_no_more_than_two_columns_interact(X):
    background = X.tail(1).loc[X.tail(1).index.repeat(2)]
    added, _ = shapley(interacting, X.head(3), background, np.random.default_rng(5))
    for place in range(3):
        expected = exact(interacting, X.iloc[[place]], X.tail(1))
        assert added[place] == pytest.approx(expected)


def test_columns_in_which_rows_agree_are_given_nothing_and_not_asked_for(X):
    X["b"] = "x"
    asked = []

    def counting(table):
        asked.append(len(table))
        return interacting(table)

    added, _ = shapley(counting, X.head(3), X.tail(3), np.random.default_rng(1))
    assert (added[:, 1] == 0).all()
    assert sum(asked) <= 3 + 3 * 3 * 2


def test_rows_equal_to_the_background_move_nothing(X):
    added, _ = shapley(interacting, X.head(1), X.head(1), np.random.default_rng(1))
    assert (added == 0).all()


def test_codes_are_equal_where_values_are():
    assert codes(pd.Series([1.5, np.nan, 1.5, np.nan])).tolist() == [0, -1, 0, -1]
    assert codes(pd.Series(["a", "b", None, "a"], dtype="category")).tolist() == [0, 1, -1, 0]
