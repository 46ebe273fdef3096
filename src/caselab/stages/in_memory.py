"""A pipeline learned as train does it, in memory: for a notebook; nothing of it is left on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from caselab import architectures
from caselab.errors import UserError, unknown
from caselab.evaluation.comparison import over_folds
from caselab.params import Params, PipelineBlock
from caselab.params.checks import checked
from caselab.params.sentences import Invalid
from caselab.project import places
from caselab.stages import fits
from caselab.stages.fits import Fits
from caselab.stages.held_out import beside_targets
from caselab.storage.determinism import repeatable
from caselab.tracking.tracker import Untracked

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
        params = checked(params.model_copy(update={"pipelines": {NAME: block}, "blends": {}}))
    except Invalid as error:
        raise UserError(f"{'.'.join(map(str, error.path[2:]))} {error}.") from None
    with repeatable(params.seed, params.threads):
        return _learned(params, params.pipelines[NAME])


def _block(params: Params, case: str, name: str, view: str | None) -> PipelineBlock:
    if name in params.blends:
        raise UserError(f"{name} blends pipelines that have run; `caselab run {name}` makes it.")
    blocks = {key: block for key, block in params.learners.items() if block.case == case}
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
    folder = places.features(block.view) / "train"
    if not folder.exists():
        raise UserError(f"{folder} is not there yet; run `caselab run {block.view}`.")
    learning = Fits.of(params, NAME, Untracked())
    rows, case, problem = learning.rows, learning.case, learning.problem
    parts = []
    for fold, learn, asked in learning.folds():
        fitted = learning.fit(learn, fold)
        parts.append(fits.answered(rows, asked, learning.answer(fitted, asked), fold))
    held_out = pd.concat(parts, ignore_index=True)
    if block.refit:
        fitted = learning.fit(np.arange(len(rows)), None)
    settings = params.cases[block.case].evaluation
    by_fold = beside_targets(held_out, rows).scores(problem, case, settings)
    scores = {name: over_folds(by_fold[name], metric) for name, metric in problem.metrics.items()}
    table = pd.DataFrame.from_dict(scores, orient="index", columns=["validation", "low", "high"])
    return Fit(block, fitted, table, held_out)
