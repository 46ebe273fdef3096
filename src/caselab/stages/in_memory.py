"""A pipeline learned as train does it, in memory: for a notebook; nothing of it is left on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from caselab import architectures, cases, problems
from caselab.data import splits
from caselab.errors import UserError, unknown
from caselab.evaluation.comparison import over_folds
from caselab.params import Params, PipelineBlock
from caselab.params.checks import checked
from caselab.params.sentences import Invalid
from caselab.project import places
from caselab.stages import evaluate, train
from caselab.storage import datasets
from caselab.storage.determinism import repeatable

NAME = "in-memory"


@dataclass(frozen=True)
class Fit:
    """What came of a fit, all of it from training rows."""

    block: PipelineBlock
    """What params.yaml would say of it."""
    pipeline: Pipeline
    """Fitted on all training rows, or on the last fold's where `refit` is off."""
    scores: pd.DataFrame
    """By metric: mean of the folds, and its 95 % interval."""
    held_out: pd.DataFrame
    """`id`, `fold` and the answer to each row by the fit that had not seen it."""

    def _repr_html_(self) -> str:
        settings = {**self.block.features, **self.block.model, **self.block.training}
        told = ", ".join(f"{name}={value!r}" for name, value in settings.items())
        head = f"<p><b>{self.block.architecture}</b> on {self.block.view} {told}</p>"
        return head + self.scores.to_html(float_format="{:.3f}".format)


def fit(
    params: Params,
    case: str,
    architecture: str,
    *,
    view: str | None = None,
    features: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
    **model: Any,
) -> Fit:
    """Fit an architecture on a case's folds, then on all training rows; the test rows stay closed.

    It learns what a block of params.yaml with these words would: settings that are not given are
    those of the case's first pipeline of that architecture, or the code's own.

    Args:
        params: of the project whose root is the current folder.
        case: its name.
        architecture: a file of `architectures/`, or one of the case's pipelines.
        view: of the case; the first by default.
        features: arguments of the view's transformer.
        training: those of a network's training.
        model: those of the architecture.

    Raises:
        UserError: a name or value is wrong, or the view has not been made yet.
    """
    block = _block(params, case, architecture, view)
    block = block.model_copy(
        update={
            "features": block.features | dict(features or {}),
            "model": block.model | model,
            "training": block.training | dict(training or {}),
        }
    )
    try:
        params = checked(params.model_copy(update={"pipelines": {NAME: block}}))
    except Invalid as error:
        raise UserError(f"{'.'.join(map(str, error.path[2:]))} {error}.") from None
    with repeatable(params.seed, params.threads):
        return _learned(params, params.pipelines[NAME])


def _block(params: Params, case: str, name: str, view: str | None) -> PipelineBlock:
    blocks = {key: block for key, block in params.pipelines.items() if block.case == case}
    views = [key for key, block in params.views.items() if block.case == case]
    if view is not None and view not in views:
        raise unknown(f"view of {case}", view, views)
    alike = [block for block in blocks.values() if block.architecture == name]
    if known := blocks.get(name) or next(iter(alike), None):
        return known if view is None else known.model_copy(update={"view": view})
    if name not in architectures.names():
        raise unknown("architecture", name, [*architectures.names(), *blocks])
    if not views:
        raise UserError(f"The case {case} has no view; add one to params.yaml.")
    return PipelineBlock(case=case, view=view or views[0], architecture=name)


def _learned(params: Params, block: PipelineBlock) -> Fit:
    case = cases.load(block.case)
    problem = problems.load(case.problem)
    folder = places.features(block.view) / "train"
    if not folder.exists():
        raise UserError(f"{folder} is not there yet; run `caselab run {block.view}`.")
    rows = datasets.read(folder)
    assert rows.fold is not None  # prepare sets it on every training row
    settings = params.cases[block.case]
    kind = settings.validation.kind
    times = splits.times(settings.validation, group=rows.group, time=rows.time, series=rows.series)
    pipeline = architectures.build(
        block, params.views[block.view].view, case.problem, params.seed, params.threads
    )

    def fitted_on(positions: np.ndarray) -> Pipeline:
        known = None if times is None else times[positions]
        return architectures.fit(pipeline, case.problem, rows.take(positions), kind, known)

    parts = []
    for fold, learn, asked in train.folds(rows.fold, kind):
        fitted = fitted_on(learn)
        answers = problem.answer(fitted, rows.take(asked).X)
        parts.append(train.answered(rows, asked, answers, fold))
    held_out = pd.concat(parts, ignore_index=True)
    if block.refit:
        fitted = fitted_on(np.arange(len(rows)))
    by_fold = evaluate.beside_targets(held_out, rows).scores(problem, case, settings.evaluation)
    scores = {name: over_folds(by_fold[name], metric) for name, metric in problem.metrics.items()}
    table = pd.DataFrame.from_dict(scores, orient="index", columns=["validation", "low", "high"])
    return Fit(block, fitted, table, held_out)
