"""What a pipeline was worth before it was run again, and by how much it is better now."""

import json
import shutil

import pandas as pd
import pytest

from caselab.project import places
from caselab.promotion import gains, standing
from tests.promotion.test_gains import two  # noqa: F401  a fixture


@pytest.fixture
def reported(two):  # noqa: F811
    for name, test in (("churn-logistic", 0.7), ("churn-mlp", 0.8)):
        file = places.report("churn", name) / "metrics.json"
        scores = json.loads(file.read_text()) | {"test": {"roc_auc": test}}
        file.write_text(json.dumps(scores | {"interval": {"roc_auc": [test - 0.1, test + 0.1]}}))


def test_the_first_evaluation_has_nothing_before_it(reported, params):
    (found,) = standing.standings(params, ["churn-mlp"])
    assert found["now"]["test"] == {"value": 0.8, "low": pytest.approx(0.7), "high": 0.9}
    assert found["now"]["validation"]["value"] == pytest.approx(0.8 + 0.1 / 3)
    assert found["before"] == found["gains"] == {}


def test_a_later_one_stands_beside_the_one_before_it(reported, params):
    """The gain is that of two pipelines with these answers."""
    expected = gains.between(params, "churn-logistic", "churn-mlp")
    shutil.copytree(places.report("churn", "churn-logistic"), places.former_report("churn-mlp"))
    (found,) = standing.standings(params, ["churn-mlp"])
    assert (found["case"], found["metric"], found["pipeline"]) == ("churn", "roc_auc", "churn-mlp")
    assert found["before"]["test"]["value"] == 0.7
    for part in ("validation", "test"):
        assert found["gains"][part]["value"] == expected[f"{part}/roc_auc"].value
        assert found["gains"][part]["low"] == expected[f"{part}/roc_auc"].low


def test_answers_to_other_rows_are_no_pair(reported, params):
    former = places.former_report("churn-mlp")
    shutil.copytree(places.report("churn", "churn-logistic"), former)
    rows = pd.read_parquet(former / "rows/predictions.parquet")
    rows.iloc[::-1].reset_index(drop=True).to_parquet(former / "rows/predictions.parquet")
    (found,) = standing.standings(params, ["churn-mlp"])
    assert set(found["gains"]) == {"validation"}
    assert found["before"]["test"]["value"] == 0.7
