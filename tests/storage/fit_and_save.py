"""Fit every architecture on a few customers and save it: a program for test_models.py to start."""

import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from caselab import architectures
from caselab.features import table
from caselab.params import PipelineBlock
from caselab.storage import models

SMALL = {
    "random_forest": {"model": {"n_estimators": 5}},
    "xgboost": {"model": {"n_estimators": 30}},
    "mlp": {"model": {"hidden": [8]}, "training": {"max_epochs": 2}},
}

OF_OTHER_ROWS = {"lenet", "lexicon", "lstm", "multinomial_nb", "text_cnn"}
"""They learn from pictures, texts and counts; their own tests store them."""


def customers(rows):
    """Return some customers as the view shows them, and who left."""
    records = pd.read_parquet(files("caselab") / "sources/telco.parquet").iloc[rows]
    target = records.pop("churn")
    return table.view(records.drop(columns="customer_id"), ratios=True), target


def classifiers():
    """Return the architectures that learn classes from numbers."""
    able = [n for n in architectures.names() if hasattr(architectures.load(n), "classification")]
    return [name for name in able if name not in OF_OTHER_ROWS]


def fitted(architecture, encode="one_hot"):
    """Return the architecture's pipeline, fitted."""
    block = PipelineBlock(
        case="churn",
        view="churn-table",
        architecture=architecture,
        features={"encode": encode, "indicator": True},
        **SMALL.get(architecture, {}),
    )
    pipeline = architectures.build(block, "table", "classification", seed=5, threads=1)
    return pipeline.fit(*customers(slice(600)))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name in classifiers():
        pipeline = fitted(name)
        before = pipeline.predict_proba(customers(slice(600, 700))[0])
        models.save(pipeline, folder / name)
        after = pipeline.predict_proba(customers(slice(600, 700))[0])
        np.testing.assert_array_equal(before, after)
        np.save(folder / name / "answers.npy", after)
