"""Compare a case's pipelines: choose the candidate by validation, and set all beside published figures."""

from __future__ import annotations

import dataclasses
import json
import math
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from caselab import cases, problems
from caselab.errors import UserError
from caselab.evaluation.comparison import by_part
from caselab.evaluation.intervals import or_none
from caselab.evaluation.metrics import Metric
from caselab.evaluation.plots import style
from caselab.evaluation.plots.leaderboard import leaderboard
from caselab.evaluation.plots.overlays import OVERLAYS, overlay
from caselab.params import Params
from caselab.project import places
from caselab.stages.choice import Behind, choose
from caselab.storage.files import replacing, write_json


def run(params: Params, name: str) -> None:
    """Leave `leaderboard.json`, `.csv` and `.png`, best validation score first.

    `curves/` holds each curve of the reports with all pipelines in one table, `plots/` the pictures of
    those that can be laid over each other.
    The candidate is what choice.py chooses on validation: test scores stand beside the others, but
    choose nothing. Of equal scores the smaller model's comes first.

    Raises:
        UserError: no pipeline of the case has a report, or one is damaged.
    """
    case = cases.load(name)
    problem = problems.load(case.problem)
    metric = problem.metrics[case.metric]
    scores = {
        pipeline: _scores(name, pipeline)
        for pipeline, block in sorted(params.pipelines.items())
        if block.case == name and (places.report(name, pipeline) / "metrics.json").exists()
    }
    rows = [
        _row(metric, pipeline, params.pipelines[pipeline].architecture, found)
        for pipeline, found in scores.items()
    ]
    if not rows:
        raise UserError(
            f"No pipeline of the case {name} has a report; add one to the pipelines of params.yaml."
        )
    rows.sort(key=lambda row: (_order(row["validation"]["value"], metric), row["size"]))
    folds = {pipeline: found["folds"][metric.name] for pipeline, found in scores.items()}
    choice = choose(params, name, rows, folds)
    board: dict[str, Any] = {
        "case": name,
        "metric": metric.name,
        "greater_is_better": metric.greater_is_better,
        "candidate": choice.pipeline,
        "chosen_by": "validation",
        "behind": _told(choice.behind),
        **({"blends": _told(choice.blends)} if choice.blends else {}),
        "rows": rows,
        "published": [dataclasses.asdict(figure) for figure in case.published],
    }
    with replacing(places.leaderboard(name)) as place:
        place.mkdir()
        with style.house():
            plot = leaderboard(board, case.title, metric)
            style.write_png(plot.figure, place / "leaderboard.png")
        style.write_csv(plot.data, place / "leaderboard.csv")
        curves = _curves([places.report(name, row["pipeline"]) for row in rows])
        for folder in ("curves", "plots"):
            (place / folder).mkdir()
        for curve, table in curves.items():
            style.write_csv(table, place / "curves" / f"{curve}.csv")
        board["overlays"] = []
        for curve in filter(curves.__contains__, OVERLAYS):
            with style.house():
                drawn = overlay(
                    curve,
                    curves[curve],
                    rows,
                    case=name,
                    title=case.title,
                    metric=metric,
                    baseline=problem.baseline_architecture,
                )
                if drawn is not None:
                    style.write_png(drawn.figure, place / "plots" / f"{curve}.png")
                    board["overlays"].append(curve)
        write_json(place / "leaderboard.json", board)


def _told(behind: Mapping[str, Behind]) -> dict[str, dict[str, float | None]]:
    return {
        pipeline: {part: or_none(value) for part, value in dataclasses.asdict(each).items()}
        for pipeline, each in behind.items()
    }


def _row(
    metric: Metric, pipeline: str, architecture: str, scores: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "pipeline": pipeline,
        "architecture": architecture,
        **by_part(scores, metric),
        "metrics": scores["test"],
        "size": scores["size"],
        **({"notes": scores["notes"]} if "notes" in scores else {}),
    }


def _scores(case: str, pipeline: str) -> dict[str, Any]:
    file = places.report(case, pipeline) / "metrics.json"
    try:
        scores: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(
            f"{file} is damaged ({error}); remove it, then run `caselab run {pipeline}`."
        ) from error
    return scores


def _curves(reports: list[Path]) -> dict[str, pd.DataFrame]:
    """Return each table that reports have in `plots/` once, with the pipeline in its first column."""
    tables: dict[str, list[pd.DataFrame]] = defaultdict(list)
    for report in reports:
        for file in sorted((report / "plots").glob("*.csv")):
            table = pd.read_csv(file)
            table.insert(0, "pipeline", report.name)
            tables[file.stem].append(table)
    return {name: pd.concat(parts, ignore_index=True) for name, parts in sorted(tables.items())}


def _order(value: float | None, metric: Metric) -> float:
    """Return what sorts the best first and what is not defined last."""
    if value is None:
        return math.inf
    return -value if metric.greater_is_better else value
