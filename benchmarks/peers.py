"""AutoGluon and FLAML, which answer the same rows as ours.

They want versions of their own, so they run in an environment of their own:

    uv venv ENV
    uv pip install --python ENV/bin/python "autogluon.tabular[lightgbm,catboost,xgboost,fastai,ray]"
    uv pip install --python ENV/bin/python "flaml[automl]" pyarrow
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks import foreign

PEERS = ("autogluon", "flaml")

PEER = """
import sys, time
import pandas as pd
who, folder, seconds, problem, metric, learner = sys.argv[1:]
train, test = pd.read_parquet(f"{folder}/train.parquet"), pd.read_parquet(f"{folder}/test.parquet")
start = time.monotonic()
if who == "autogluon":
    from autogluon.tabular import TabularPredictor
    model = TabularPredictor("target", path=f"{folder}/model", verbosity=0, problem_type=problem,
        eval_metric={"r2": "r2", "roc_auc": "roc_auc", "roc_auc_ovr": "roc_auc_ovo_macro"}[metric])
    model.fit(train, presets="good_quality", time_limit=float(seconds))
    classes = list(model.class_labels or [])
else:
    from flaml import AutoML
    model = AutoML()
    model.fit(train.drop(columns="target"), train["target"], time_budget=float(seconds), metric=metric,
        task="regression" if problem == "regression" else "classification", verbose=0, seed=7,
        estimator_list=[learner] if learner else "auto")
    classes = list(model.classes_) if problem != "regression" else []
if problem == "regression":
    answers = pd.DataFrame({"value": list(model.predict(test))})
else:
    shares = model.predict_proba(test)
    answers = pd.DataFrame(getattr(shares, "to_numpy", lambda: shares)(), columns=list(map(str, classes)))
answers.to_parquet(f"{folder}/{who}.parquet")
print(time.monotonic() - start)
"""


@dataclass(frozen=True)
class Answers:
    """What one way has answered: a column for each class, or `value`."""

    answers: pd.DataFrame
    seconds: float


def by_peer(
    python: Path,
    who: str,
    known: pd.DataFrame,
    asked: pd.DataFrame,
    target: str,
    limit: float,
    learner: str = "",
) -> Answers:
    """Return what a peer answers that had so many seconds; FLAML may be held to one `learner`."""
    y = known[target]
    if foreign.is_numbers(y):
        problem, metric = "regression", "r2"
    else:
        known = known.assign(**{target: y.astype(str)})
        two = y.nunique() == 2
        problem, metric = ("binary", "roc_auc") if two else ("multiclass", "roc_auc_ovr")
    with tempfile.TemporaryDirectory() as folder:
        known.rename(columns={target: "target"}).to_parquet(Path(folder, "train.parquet"))
        asked.drop(columns=target).to_parquet(Path(folder, "test.parquet"))
        # Ours gives each library one thread by the environment; a peer may use every core.
        free = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
        command = [str(python), "-c", PEER, who, folder, str(limit), problem, metric, learner]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, env=free)
        answers = pd.read_parquet(Path(folder, f"{who}.parquet"))
    return Answers(answers, float(done.stdout.splitlines()[-1]))
