"""What the stages of a pipeline left, as metrics, curves and files for MLflow's page."""

import csv
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

Curve = list[tuple[int, float]]
"""Points `(step, value)` in rising order of steps."""

HELD_OUT = "validation_loss"
"""What is told of a fold's epochs, where it was measured."""

POINTS = 100
"""The most points of a curve; a chart shows no more."""


@dataclass(frozen=True)
class Results:
    """The outcome of a stage. A name's part before `/` is the group MLflow shows it in."""

    metrics: dict[str, float]
    curves: dict[str, Curve]
    files: dict[str, Path]
    """By their path in the run."""
    notes: tuple[str, ...] = ()
    """What is odd about the pipeline, in clauses."""


def of_training(folder: Path) -> Results:
    """Read `models/<case>/<pipeline>`."""
    tables = [file for file in sorted(folder.glob("*")) if file.suffix in {".csv", ".parquet"}]
    odd = folder / "notes.json"
    state = [file for file in folder.rglob("*") if file.is_file() and file not in [*tables, odd]]
    return Results(
        metrics={"model/bytes": float(sum(file.stat().st_size for file in state))},
        curves=dict(_epochs(folder / "history.csv"))
        | dict(_learning_curve(folder / "learning_curve.csv")),
        files={f"training/{file.name}": file for file in tables if file.suffix == ".csv"},
        notes=tuple(json.loads(odd.read_text("utf-8"))) if odd.exists() else (),
    )


def decision(folder: Path) -> dict[str, Any]:
    """Read from `reports/<case>/<pipeline>` how the pipeline's answers become decisions."""
    found: dict[str, Any] = json.loads((folder / "metrics.json").read_text("utf-8"))["decision"]
    return found


def pretrained(folder: Path) -> dict[str, str]:
    """Read from `models/<case>/<pipeline>` what is told of weights that a network started from."""
    file = folder / "pretrained.json"
    found: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return found


def of_evaluation(folder: Path, primary: str) -> Results:
    """Read `reports/<case>/<pipeline>`; a metric that is not defined is None there.

    Of `primary`, the case's metric, the interval and the score of every fold are told too; those of
    all others stand in the run's metrics.json. Plots lie on top, where MLflow compares runs by them.
    """
    scores = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    metrics = {f"test/{name}": value for name, value in scores["test"].items()}
    metrics |= {f"validation/{name}": value for name, value in scores["validation"].items()}
    low, high = scores["interval"].get(primary, (None, None))
    metrics |= {f"test_interval/{primary}_low": low, f"test_interval/{primary}_high": high}
    plots = sorted((folder / "plots").glob("*.png"))
    tables = [file for file in sorted(folder.glob("*")) if file.suffix in {".json", ".csv"}]
    return Results(
        metrics={name: float(value) for name, value in metrics.items() if value is not None},
        curves={
            f"folds/{primary}": [
                (fold, float(value))
                for fold, value in enumerate(scores["folds"].get(primary, ()))
                if value is not None
            ]
        },
        files={file.name: file for file in plots}
        | {f"evaluation/{file.name}": file for file in tables},
        notes=tuple(scores.get("notes", ())),
    )


def epoch_metrics(measured: Mapping[str, float], fold: int | None) -> dict[str, float]:
    """Return what MLflow is told of an epoch: all of the fit on all rows, of a fold its loss.

    MLflow's page slows down with the number of names, and folds differ little; the run's
    training/history.csv has them all.
    """
    if fold is None:
        return {f"epochs/{name}": value for name, value in measured.items()}
    name = HELD_OUT if HELD_OUT in measured else next(iter(measured))
    return {f"folds/{name}_{fold}": measured[name]}


def _epochs(file: Path) -> Iterator[tuple[str, Curve]]:
    curves: dict[str, Curve] = defaultdict(list)
    for row in _rows(file):
        fold = None if row["fold"] == "all" else int(row["fold"])
        (_, (_, step), *metrics) = row.items()  # what is counted: epochs, or topics that were tried
        measured = {name: float(text) for name, text in metrics if text}
        for name, value in epoch_metrics(measured, fold).items() if measured else ():
            curves[name].append((int(step), value))
    for name, curve in curves.items():
        yield name, [*curve[: -1 : math.ceil(len(curve) / POINTS)], curve[-1]]


def _learning_curve(file: Path) -> Iterator[tuple[str, Curve]]:
    """Give the mean score of the folds by the number of rows that were learned from, where it is one.

    Rows of which nothing is asked, as texts that words are learned from, have no score.
    """
    folds: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
    for row in _rows(file):
        train, validation = (float(row[part] or "nan") for part in ("train", "validation"))
        folds[row["fold"]].append((int(row["rows"]), train, validation))
    steps = max(map(len, folds.values()), default=0)
    full = [sorted(points) for points in folds.values() if len(points) == steps]
    means = [
        [fmean(values) for values in zip(*points, strict=True)]
        for points in zip(*full, strict=True)  # shares, from few rows up
    ]
    if means:
        for place, part in enumerate(("train", "validation"), start=1):
            if curve := [
                (round(each[0]), each[place]) for each in means if each[place] == each[place]
            ]:
                yield f"learning_curve/{part}", curve


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
