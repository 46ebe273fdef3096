import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from caselab.evaluation.metrics.recommendation import METRICS


@pytest.fixture
def rows():
    random = np.random.default_rng(0)
    y = pd.Series(random.integers(1, 6, 100).astype(float))
    return y, pd.DataFrame({"rating": np.clip(y + random.normal(size=100), 1, 5)})


@pytest.mark.parametrize(
    ("name", "peer"), [("rmse", root_mean_squared_error), ("mae", mean_absolute_error)]
)
def test_equal_to_scikit_learn_with_and_without_weights(rows, name, peer):
    y, answers = rows
    function = METRICS[name].function
    assert function(y, answers, {}, None) == pytest.approx(peer(y, answers["rating"]))
    weights = np.random.default_rng(1).integers(0, 3, (4, 100)).astype(float)
    expected = [peer(y, answers["rating"], sample_weight=each) for each in weights]
    assert function(y, answers, {}, None, weights) == pytest.approx(expected)
    assert not METRICS[name].greater_is_better
