"""Evaluate a pipeline: choose its decision on held-out training rows, then score and explain it on test."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from caselab import architectures, cases, features, problems
from caselab.evaluation import plots
from caselab.evaluation.intervals import intervals, or_none
from caselab.evaluation.plots import style
from caselab.evaluation.report import Report
from caselab.params import Params
from caselab.project import places
from caselab.stages import held_out, soundness
from caselab.storage import datasets, models
from caselab.storage.files import replacing, write_json
from caselab.tracking.run_references import PER_THOUSAND
from caselab.tracking.tracker import Tracker


def run(params: Params, name: str, tracker: Tracker) -> None:
    """Leave metrics with intervals, plots with their tables, and the answers to the test rows.

    A plot's table lies beside it in `plots/`; one of single rows (shap, confusion_matrix) above it.
    `metrics.json` holds the test metrics, their 95 % intervals, the means of the folds' scores, the
    scores by fold, the decision, and the model's size in bytes. `rows/predictions.parquet` has one
    line per test row: id, target, decided, and the columns of the answer after `answer_`.

    Raises:
        UserError: an answer is no finite number.
    """
    case = params.pipelines[name].case
    with replacing(places.report(case, name)) as place:
        place.mkdir()
        judge(params, name, tracker, places.model(case, name), place)


def judge(params: Params, name: str, tracker: Tracker, folder: Path, place: Path) -> None:
    """Leave in `place` what `run` does of the model in `folder`."""
    block = params.pipelines[name]
    case = cases.load(block.case)
    problem = problems.load(case.problem)
    settings = params.cases[block.case].evaluation
    train, test = (datasets.read(places.features(block.view) / part) for part in ("train", "test"))
    pipeline = models.load(folder)

    answered = held_out.read(folder, train)
    decision = problem.decision(answered.y, answered.answers, case, settings)
    by_fold = answered.scores(problem, case, settings)

    began = time.perf_counter()
    answers = problem.answer(pipeline, test.X)
    tracker.costs[PER_THOUSAND] = 1000 * (time.perf_counter() - began) / len(test)
    soundness.require_finite_answers(answers, name, "test rows")
    answers = problem.completed(answers, decision)
    drawn = problem.units(test)
    modality = features.load(params.views[block.view].view)
    is_network = architectures.is_network(block.architecture, case.problem)
    of_network = getattr(modality, "network_plots", ()) if is_network else ()
    report = Report(
        pipeline=name,
        case=case,
        metrics=problem.metrics,
        ids=test.ids,
        y=test.y,
        answers=answers,
        decided=problem.decide(answers, case, decision),
        decision=decision,
        settings=settings,
        scores=problem.score(test.y, answers, case, decision),
        intervals=intervals(
            problem.metrics, test.y, answers, decision, case, units=drawn, seed=params.seed
        ),
        units=drawn,
        seed=params.seed,
        learning_curve=_table(folder / "learning_curve.csv"),
        history=_table(folder / "history.csv"),
        estimator=pipeline,
        answer=problem.answer,
        explained=problem.explained,
        X=test.X,
        background=train.X,
        background_y=train.y,
        time=test.time,
        background_time=train.time,
        background_units=problem.units(train),
        measured_in=case.measured_in,
        unit=case.measured_in.get(case.target or "", ""),
    )
    for part in ("plots", "rows"):
        (place / part).mkdir()
    write_json(
        place / "metrics.json",
        _metrics(report, by_fold, models.size(folder)) | _notes(folder / soundness.FILE),
    )
    _predictions(report).to_parquet(place / "rows" / "predictions.parquet", index=False)
    for plot_name in (*problem.plots, *modality.plots, *of_network):
        with style.house():
            plot = plots.load(plot_name)(report)
        if plot is not None:
            name = plot_name.split(".")[1]
            style.write_png(plot.figure, place / "plots" / f"{name}.png")
            table = "rows" if plot.of_rows else "plots"
            style.write_csv(plot.data, place / table / f"{name}.csv")


def _metrics(report: Report, by_fold: dict[str, list[float]], size: int) -> dict[str, Any]:
    """Gather the numbers; DVC shows those that are no lists. None where one is not defined."""
    return {
        "test": {name: or_none(value) for name, value in report.scores.items()},
        "interval": {name: [*map(or_none, ends)] for name, ends in report.intervals.items()},
        "validation": {name: or_none(_mean(values)) for name, values in by_fold.items()},
        "folds": {name: [*map(or_none, values)] for name, values in by_fold.items()},
        "decision": report.decision,
        "size": size,
    }


def _notes(file: Path) -> dict[str, list[str]]:
    """Return what train found odd, where it did."""
    return {"notes": json.loads(file.read_text(encoding="utf-8"))} if file.exists() else {}


def _predictions(report: Report) -> pd.DataFrame:
    rows = {"id": report.ids, "target": report.y, "decided": report.decided}
    return pd.DataFrame({name: rows[name] for name in rows if rows[name] is not None}).join(
        report.answers.add_prefix("answer_")
    )


def _mean(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _table(file: Path) -> pd.DataFrame | None:
    return pd.read_csv(file) if file.exists() else None
