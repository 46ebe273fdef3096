"""Compare a case's pipelines: choose the candidate by validation, and set all beside published figures."""

from __future__ import annotations

import dataclasses
import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import pandas as pd

from caselab import cases, problems
from caselab.cases import Case
from caselab.errors import UserError
from caselab.evaluation.comparison import by_part
from caselab.evaluation.metrics import Metric
from caselab.evaluation.plots import style
from caselab.evaluation.plots.leaderboard import leaderboard
from caselab.evaluation.plots.overlays import OVERLAYS, overlay
from caselab.params import Params
from caselab.project import places
from caselab.storage.files import replacing, write_json


def run(params: Params, name: str) -> None:
    """Leave `leaderboard.json`, `.csv` and `.png`, best validation score first.

    `curves/` holds each curve of the reports with all pipelines in one table, `plots/` the pictures of
    those that can be laid over each other.
    The candidate is the first row: test scores stand beside the others, but choose nothing. Of
    equal scores the smaller model's comes first.

    Raises:
        UserError: no pipeline of the case has a report, or one is damaged.
    """
    case = cases.load(name)
    problem = problems.load(case.problem)
    metric = problem.metrics[case.metric]
    rows = [
        _row(case, metric, pipeline, block.architecture)
        for pipeline, block in sorted(params.pipelines.items())
        if block.case == name and (places.report(name, pipeline) / "metrics.json").exists()
    ]
    if not rows:
        raise UserError(
            f"No pipeline of the case {name} has a report; add one to the pipelines of params.yaml."
        )
    rows.sort(key=lambda row: (_order(row["validation"]["value"], metric), row["size"]))
    board: dict[str, Any] = {
        "case": name,
        "metric": metric.name,
        "greater_is_better": metric.greater_is_better,
        "candidate": rows[0]["pipeline"],
        "chosen_by": "validation",
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


def _row(case: Case, metric: Metric, pipeline: str, architecture: str) -> dict[str, Any]:
    scores = _scores(case.name, pipeline)
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
