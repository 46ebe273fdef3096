"""Gains of one pipeline over another of its case, on the answers that evaluate has left of both."""

import json
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from caselab import cases, problems
from caselab.evaluation.comparison import Gain, over_folds, paired
from caselab.evaluation.metrics import Metric
from caselab.params import Params
from caselab.project import places
from caselab.promotion.scoring import reported
from caselab.storage import datasets


def between(params: Params, one: str, other: str) -> dict[str, Gain]:
    """Return by how much the pipeline `other` is better than `one`, by score (`test/f1`).

    Of test rows the intervals are those of the gate: a paired bootstrap. Of validation they are over
    the folds. A score has no gain here where one of the two has not been evaluated in this project,
    or answers other rows.
    """
    case = params.pipelines[one].case
    metrics = problems.load(cases.load(case).problem).metrics
    return of_reports(params, case, places.report(case, one), places.report(case, other), metrics)


def of_reports(
    params: Params, name: str, one: Path, other: Path, metrics: Iterable[str]
) -> dict[str, Gain]:
    """Return by how much one report of a case is better than another, as `between` does."""
    case = cases.load(name)
    problem = problems.load(case.problem)
    wanted = [problem.metrics[metric] for metric in metrics]
    found = {}
    folds = [_folds(report) for report in (one, other)]
    for metric in wanted:
        if gain := _over_folds(metric, folds[0].get(metric.name), folds[1].get(metric.name)):
            found[f"validation/{metric.name}"] = gain
    if not places.prepared(name).is_dir():
        return found
    rows = datasets.read(places.prepared(name) / "test")
    sides = [reported(report, rows.ids) for report in (one, other)]
    if sides[0] is None or sides[1] is None:
        return found
    units = problem.units(rows)
    for metric in wanted:
        found[f"test/{metric.name}"] = paired(
            rows.y,
            sides[1].answers,
            sides[0].answers,
            metric,
            case,
            decision_a=sides[1].decision,
            decision_b=sides[0].decision,
            units=units,
            seed=params.seed,
        )
    return found


def _folds(report: Path) -> dict[str, list[float | None]]:
    try:
        text = (report / "metrics.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    folds: dict[str, Any] = json.loads(text)["folds"]
    return folds


def _over_folds(
    metric: Metric, one: list[float | None] | None, other: list[float | None] | None
) -> Gain | None:
    """Return the mean gain of the folds; None where the two were not scored on the same ones."""
    gains = metric.gains(of=other or [], over=one or [])
    if not gains:
        return None
    return Gain(*over_folds(gains, replace(metric, bounds=(-math.inf, math.inf))))
