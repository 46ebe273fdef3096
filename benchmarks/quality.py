"""Quality on churn, beside the published figures and AutoGluon, on the same splits.

Five stratified folds, two repeats, of the whole Telco table. Every pipeline of params.yaml is
fitted on four fifths and scored by ROC-AUC on the fifth it has not seen. "best by validation" is
what a user would ship: in every split the pipeline with the best mean over three inner folds,
chosen without a look at the outer fifth, and it pays for that choice in seconds.

    python -m benchmarks.quality
    python -m benchmarks.quality --autogluon ENV/bin/python --seconds 300 --splits 5

AutoGluon runs in an environment of its own (how it is made stands in peers.py), preset good_quality, on
the very same rows.

Intervals are those of the corrected resampled t-test (Nadeau and Bengio, 2003): folds of repeated
cross-validation share training rows, and the plain standard error would be too small.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table
from scipy import stats
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline

from benchmarks.peers import by_peer
from caselab import architectures, cases, params, sources
from caselab.data import contracts
from caselab.features import table
from caselab.storage.determinism import repeatable

RESULTS = Path(__file__).parent / "results"
FOLDS, REPEATS, INNER = 5, 2, 3
PUBLISHED = "0.842-0.850 for honest 5-fold work (several public projects)"


def main(
    autogluon: Annotated[Path | None, typer.Option(help="Python of AutoGluon's env.")] = None,
    seconds: Annotated[float, typer.Option(help="AutoGluon's time limit a split.")] = 300,
    splits: Annotated[int, typer.Option(help="How many of the 10 splits.")] = FOLDS * REPEATS,
) -> None:
    """Score every churn pipeline on the same splits, and AutoGluon beside them."""
    X, y = churn()
    settings = params.load()
    named = {
        name: architectures.build(block, "table", "classification", settings.seed, threads=1)
        for name, block in settings.pipelines.items()
        if block.case == "churn"
    }
    scores: dict[str, list[float]] = {name: [] for name in named}
    taken: dict[str, list[float]] = {name: [] for name in named}
    chosen: list[str] = []
    with repeatable(settings.seed, settings.threads):
        for number, (learn, held) in enumerate(outer(y)[:splits]):
            inner: dict[str, float] = {}
            choosing = 0.0
            for name, pipeline in named.items():
                start = time.monotonic()
                fitted = clone(pipeline).fit(X.iloc[learn], y.iloc[learn])
                scores[name].append(auc(fitted, X.iloc[held], y.iloc[held]))
                taken[name].append(time.monotonic() - start)
                inner[name] = validated(pipeline, X.iloc[learn], y.iloc[learn])
                choosing += time.monotonic() - start
            best = max(inner, key=inner.__getitem__)
            chosen.append(best)
            scores.setdefault("best by validation", []).append(scores[best][-1])
            taken.setdefault("best by validation", []).append(choosing)
            if autogluon:
                score, used = peer(autogluon, X, y, learn, held, seconds)
                scores.setdefault("AutoGluon good_quality", []).append(score)
                taken.setdefault("AutoGluon good_quality", []).append(used)
            Console(stderr=True).print(f"split {number + 1} of {splits}: chose {best}")
    report(scores, taken, chosen)


def churn() -> tuple[pd.DataFrame, pd.Series]:
    """Read the built-in table as prepare and featurize see it."""
    case = cases.load("churn")
    records = sources.records(sources.load("src/caselab/sources/telco.py"))
    cleaned, _ = case.clean(contracts.check(records, case.contract(), "telco").records)
    view = table.view(cleaned.drop(columns=[case.id, case.target]), ratios=True)
    return view, cleaned[case.target]


def outer(y: pd.Series) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the ten splits: training and held-out positions."""
    return [
        split
        for repeat in range(REPEATS)
        for split in StratifiedKFold(FOLDS, shuffle=True, random_state=repeat).split(y, y)
    ]


def auc(fitted: Pipeline, X: pd.DataFrame, y: pd.Series) -> float:
    """Score by ROC-AUC of the positive class."""
    positive = list(fitted.classes_).index("Yes")
    return float(roc_auc_score(y == "Yes", fitted.predict_proba(X)[:, positive]))


def validated(pipeline: Pipeline, X: pd.DataFrame, y: pd.Series) -> float:
    """Score on inner folds, all within the training rows."""
    folds = StratifiedKFold(INNER, shuffle=True, random_state=0)
    return float(np.mean(cross_val_score(pipeline, X, y, cv=folds, scoring="roc_auc")))


def peer(
    python: Path, X: pd.DataFrame, y: pd.Series, learn: np.ndarray, held: np.ndarray, limit: float
) -> tuple[float, float]:
    """Let AutoGluon learn and answer the same rows; return its score and its seconds."""
    both = X.assign(target=y)
    said = by_peer(python, "autogluon", both.iloc[learn], both.iloc[held], "target", limit)
    return float(roc_auc_score(y.iloc[held] == "Yes", said.answers["Yes"])), said.seconds


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the corrected 95 % interval of a mean over repeated folds."""
    spread = np.sqrt((1 / len(values) + 1 / (FOLDS - 1)) * values.var(ddof=1))
    reach = stats.t.ppf(0.975, len(values) - 1) * spread
    return float(values.mean() - reach), float(values.mean() + reach)


def report(
    scores: dict[str, list[float]], taken: dict[str, list[float]], chosen: list[str]
) -> None:
    """Print one line a pipeline, and each difference from logistic regression."""
    shown = Table(title=f"churn: ROC-AUC on {len(chosen)} splits; published: {PUBLISHED}")
    for column in ("pipeline", "ROC-AUC", "95 % interval", "gain over logistic", "seconds a split"):
        shown.add_column(column)
    kept = {}
    reference = np.array(scores["churn-logistic"])
    for name, values in sorted(scores.items(), key=lambda item: -np.mean(item[1])):
        of = np.array(values)
        low, high = interval(of)
        gain = interval(of - reference)
        kept[name] = {
            "roc_auc": float(of.mean()),
            "interval": [low, high],
            "gain_over_logistic": [float((of - reference).mean()), *gain],
            "seconds": float(np.mean(taken[name])),
        }
        shown.add_row(
            name,
            f"{of.mean():.4f}",
            f"{low:.4f} to {high:.4f}",
            f"{(of - reference).mean():+.4f} ({gain[0]:+.4f} to {gain[1]:+.4f})",
            f"{np.mean(taken[name]):.1f}",
        )
    Console().print(shown)
    if "AutoGluon good_quality" in scores:
        ours = np.array(scores["best by validation"])
        gain_low, gain_high = interval(ours - np.array(scores["AutoGluon good_quality"]))
        share = np.sum(taken["best by validation"]) / np.sum(taken["AutoGluon good_quality"])
        kept["best by validation against AutoGluon"] = {
            "gain": [gain_low, gain_high],
            "share_of_its_seconds": float(share),
        }
        Console().print(
            f"best by validation - AutoGluon: {gain_low:+.4f} to {gain_high:+.4f}, "
            f"in {share:.2f} of its seconds"
        )
    content = {"splits": len(chosen), "chosen": chosen, "scores": kept}
    name = "autogluon" if "AutoGluon good_quality" in scores else "quality"
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
