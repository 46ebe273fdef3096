"""Gains on what evaluate has left, against plain arithmetic and the gate's own interval."""

import numpy as np
import pandas as pd
import pytest

from caselab import cases, problems
from caselab.evaluation.comparison import paired
from caselab.project import places
from caselab.promotion import gains
from caselab.storage import datasets
from caselab.storage.datasets import Dataset
from caselab.storage.files import write_json

N = 120
FOLDS = {"churn-logistic": [0.7, 0.8, 0.75], "churn-mlp": [0.8, 0.9, 0.8]}


@pytest.fixture
def two(project, params):
    random = np.random.default_rng(1)
    y = pd.Series(np.where(random.random(N) < 0.4, "Yes", "No"), name="churn")
    ids = pd.Series([f"c{n}" for n in range(N)])
    rows = Dataset(X=pd.DataFrame({"tenure": range(N)}), y=y, ids=ids, fold=None)
    datasets.write(rows, places.prepared("churn") / "test")
    answers = {}
    for name, folds in FOLDS.items():
        noise = 1.5 if name == "churn-logistic" else 0.6
        yes = (y == "Yes") * 0.4 + 0.3 + noise * (random.random(N) - 0.5)
        yes = np.clip(yes, 0.01, 0.99)
        answers[name] = pd.DataFrame({"No": 1 - yes, "Yes": yes})
        report = places.report("churn", name)
        (report / "rows").mkdir(parents=True)
        table = pd.DataFrame({"id": ids, "target": y}).join(answers[name].add_prefix("answer_"))
        table.to_parquet(report / "rows/predictions.parquet")
        losses = [1 - score for score in folds]
        found = {"folds": {"roc_auc": folds, "log_loss": losses}, "decision": {"threshold": 0.5}}
        write_json(report / "metrics.json", found)
    return rows, answers


def test_test_rows_are_compared_in_pairs_as_at_the_gate(two, params):
    rows, answers = two
    found = gains.between(params, "churn-logistic", "churn-mlp")["test/roc_auc"]
    case, problem = cases.load("churn"), problems.load("classification")
    decision = {"threshold": 0.5}
    expected = paired(
        rows.y, answers["churn-mlp"], answers["churn-logistic"], problem.metrics["roc_auc"], case,
        decision_a=decision, decision_b=decision, units=np.arange(N), seed=params.seed,
    )  # fmt: skip
    assert found == expected
    assert found.low > 0


def test_a_smaller_loss_is_a_gain_and_folds_are_compared_one_by_one(two, params):
    found = gains.between(params, "churn-logistic", "churn-mlp")
    for name in ("validation/roc_auc", "validation/log_loss"):
        assert found[name].value == pytest.approx((0.1 + 0.1 + 0.05) / 3)
        assert found[name].low < found[name].value < found[name].high
    back = gains.between(params, "churn-mlp", "churn-logistic")
    assert back["validation/roc_auc"].value == pytest.approx(-found["validation/roc_auc"].value)


def test_what_was_not_evaluated_here_has_no_gain(two, params):
    (places.report("churn", "churn-logistic") / "metrics.json").unlink()
    assert gains.between(params, "churn-mlp", "churn-logistic") == {}
