"""Columns of the past: lags, rolling means and gaps filled along an order, within a group."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from caselab.data import leakage
from caselab.errors import UserError
from caselab.features import table


@pytest.fixture
def meters():
    """Return readings of two meters, out of order, with a gap each."""
    return pd.DataFrame(
        {
            "meter": ["a", "b", "a", "a", "b", "a"],
            "at": pd.to_datetime(
                ["2024-01-03", "2024-01-01", "2024-01-01", "2024-01-02", "2024-01-02", "2024-01-04"]
            ),
            "used": [np.nan, 10.0, 1.0, 2.0, np.nan, 4.0],
            "state": [None, "off", "on", "on", None, "off"],
        }
    )


def test_lags_and_rolling_means_look_back_within_the_group(meters):
    found = table.view(meters, order="at", group="meter", lags=(1, 2), rolling=(2,), hide=("at",))
    assert list(found) == ["meter", "used", "state", "used_lag_1", "used_lag_2", "used_mean_of_2"]
    nan = np.nan
    np.testing.assert_array_equal(found["used_lag_1"], [2, nan, nan, 1, 10, nan])
    np.testing.assert_array_equal(found["used_lag_2"], [1, nan, nan, nan, nan, 2])
    np.testing.assert_array_equal(found["used_mean_of_2"], [1.5, nan, nan, 1, 10, 2])


@pytest.mark.parametrize(
    ("fill", "used", "state"),
    [("forward", [2, 10], ["on", "off"]), ("moving_average", [1.5, 10], [None, None])],
)
def test_gaps_are_filled_from_the_past_of_the_group(meters, fill, used, state):
    found = table.view(meters, order="at", group="meter", fill=fill)
    assert found["used"].iloc[[0, 4]].tolist() == used
    assert found["state"].iloc[[0, 4]].tolist() == state
    assert found["used"].iloc[[1, 2, 3, 5]].tolist() == [10, 1, 2, 4]


def test_backward_fill_is_for_groups_known_as_a_whole_and_never_for_dates(meters):
    layers = meters.assign(depth=[3, 1, 1, 2, 2, 4])
    found = table.view(layers, order="depth", group="meter", fill="backward", of=("used",))
    assert found["used"].iloc[0] == 4
    assert np.isnan(found["used"].iloc[4])
    with pytest.raises(UserError, match="along 'at' would show what came later"):
        table.view(layers, order="at", group="meter", fill="backward")
    with pytest.raises(UserError, match="backward needs groups"):
        table.view(layers, order="depth", fill="backward")


def test_the_past_needs_an_order_without_gaps(meters):
    with pytest.raises(UserError, match="name the column that orders them"):
        table.view(meters, lags=(1,))
    with pytest.raises(UserError, match="'at', by which rows are ordered, is missing in 1 of 6"):
        table.view(meters.assign(at=meters["at"].where(meters["used"] != 4)), order="at", lags=(1,))
    with pytest.raises(UserError, match="no column 'when'"):
        table.view(meters, order="when", lags=(1,))


@pytest.mark.parametrize(
    "options",
    [
        {"lags": (1, 3), "rolling": (4,)},
        {"fill": "forward"},
        {"fill": "moving_average", "lags": (1,), "group": None},
    ],
    ids=str,
)
def test_what_a_view_shows_of_the_past_needs_no_future(options):
    random = np.random.default_rng(0)
    used = random.normal(size=400)
    used[::7] = np.nan
    records = pd.DataFrame(
        {"meter": random.choice(list("abc"), 400), "at": random.permutation(400), "used": used}
    )
    options = {"order": "at", "group": "meter", **options}
    show = partial(table.view, **options)
    leakage.check_rowwise(show, records, show(records), "past", table.neighbours(**options))
    with pytest.raises(UserError, match="when it sees only a part of the rows"):
        leakage.check_rowwise(show, records, show(records), "past")
