"""A toy case as featurize leaves it, and pipelines trained on it in no time."""

import numpy as np
import pandas as pd

from caselab.params import Params
from caselab.project import places
from caselab.stages import train as stage
from caselab.storage import datasets
from caselab.storage.datasets import Dataset
from caselab.tracking.tracker import Untracked

PARAMS = """
seed: 7
threads: 1
quarantine: 0.01
sources: {telco: {origin: customers.csv}}
cases:
  churn: {source: telco, split: {test: 0.25}, validation: {kind: stratified, folds: 3},
          evaluation: {costs: {false_positive: 1, false_negative: 4}}}
views: {toy: {case: churn, view: table}}
pipelines:
  toy-baseline: {case: churn, view: toy, architecture: baseline}
  toy-logistic: {case: churn, view: toy, architecture: logistic}
  toy-tree: {case: churn, view: toy, architecture: decision_tree, model: {min_samples_leaf: 10}}
"""


def leave_features() -> None:
    """Write 600 train rows in three folds and 300 test rows of one view."""
    random = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "months": random.integers(0, 60, 900),
            "plan": random.choice(["free", "basic", "pro"], 900),
            "charges": random.normal(50, 10, 900),
        }
    )
    odds = 2 * (X["plan"] == "free") - 0.06 * X["months"] + random.logistic(size=900)
    y = pd.Series(np.where(odds > 0, "Yes", "No"))
    rows = Dataset(X, y, pd.Series(range(900)).astype(str), np.arange(900) % 3)
    test = rows.take(np.arange(600, 900))
    datasets.write(rows.take(np.arange(600)), places.features("toy") / "train")
    datasets.write(Dataset(test.X, test.y, test.ids, None), places.features("toy") / "test")


def train(params: Params, name: str) -> None:
    """Run the stage train."""
    stage.run(params, name, Untracked())
