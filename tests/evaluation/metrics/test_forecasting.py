import numpy as np
import pandas as pd
import pytest

from caselab.evaluation.metrics.forecasting import METRICS

Y = pd.Series([np.array([1.0, 2.0]), np.array([10.0, 20.0])])
ANSWERS = pd.DataFrame(
    {"value": [np.array([1.0, 4.0]), np.array([12.0, 16.0])], "scale": [1.0, 10.0]}
)
DECISION = {
    "errors": {
        "80": {"lower": [-1.0, -1.0], "upper": [1.0, 1.0]},
        "95": {"lower": [-2.0, -2.0], "upper": [2.0, 2.0]},
    }
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mase", (1.0 + 0.3) / 2),
        ("rmse", np.sqrt((4 + 4 + 16) / 4)),
        ("mae", (2 + 2 + 4) / 4),
        ("coverage_80", 0.75),  # 4 ± 1 does not hold 2
        ("coverage_95", 1.0),
        ("width_80", (2 + 20) / 2),
        ("width_95", (4 + 40) / 2),
        ("msis", 4.0),
    ],
)
def test_known_values(name, value):
    assert METRICS[name].function(Y, ANSWERS, DECISION, None) == pytest.approx(value)


def test_what_bounds_miss_costs_forty_times_as_much_at_95():
    narrow = {"errors": {"95": {"lower": [-1.0, -1.0], "upper": [1.0, 1.0]}}}
    found = METRICS["msis"].function(Y, ANSWERS, narrow, None)
    assert found == pytest.approx(((2 + 2 + 40 * 1) / 2 + 2) / 2)


def test_without_bounds_nothing_is_said_of_them():
    assert np.isnan(METRICS["coverage_80"].function(Y, ANSWERS, {}, None))
    assert METRICS["mase"].function(Y, ANSWERS, {}, None) > 0


def test_a_row_weighs_as_often_as_it_was_drawn():
    weights = np.array([[2.0, 0.0], [1.0, 1.0]])
    found = METRICS["mase"].function(Y, ANSWERS, {}, None, weights)
    assert found == pytest.approx([1.0, 0.65])
