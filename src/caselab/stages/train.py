"""Train a pipeline: fit on each fold and answer the rows it held out, then fit on all rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from caselab.params import Params
from caselab.project import places
from caselab.stages import fits, soundness
from caselab.stages.fits import Fits
from caselab.storage import models
from caselab.storage.files import replacing, write_json
from caselab.tracking.tracker import Tracker

CURVE_SHARES = (0.1, 0.3, 1.0)  # of a fold's training rows
CURVE_LEAST = 100  # rows; on fewer a point says little, and some estimators cannot fit at all
CURVE_FOLDS = 2  # folds that are fitted on parts too; more would be most of a pipeline's fits


def run(params: Params, name: str, tracker: Tracker) -> None:
    """Leave the fitted pipeline, its answers for held-out rows, its history and learning curve.

    Reads the view's training rows only. `held_out.parquet` has one line per row that a fold holds
    out, answered by the one fit that had not seen it. `notes.json` says what is odd, if anything.

    Raises:
        UserError: a loss or an answer is no finite number.
    """
    block, learning = params.pipelines[name], Fits.of(params, name, tracker)
    rows, kind = learning.rows, learning.kind
    held_out, curve, history, rounds = [], [], [], []
    fitted = None
    for number, (fold, learn, asked) in enumerate(learning.folds()):
        order = _preferred(learn, learning.times, [params.seed, fold])
        with_curve = block.refit and number < CURVE_FOLDS and kind != "leave_one_out"
        # The whole fold comes last, so that the pipeline it fits is the one that answers.
        for share in CURVE_SHARES if with_curve else CURVE_SHARES[-1:]:
            part = learn if share == 1 else np.sort(order[: round(share * len(learn))])
            if share < 1 and (len(part) < CURVE_LEAST or not learning.learnable(part)):
                continue
            fitted = learning.fit(part, fold, share)
            answers = learning.answer(fitted, asked)
            if kind != "leave_one_out":  # whose folds of one row have no score of their own
                curve.append(
                    {
                        "fold": fold,
                        "rows": len(part),
                        "train": learning.score(part, learning.answer(fitted, part)),
                        "validation": learning.score(asked, answers),
                    }
                )
        soundness.require_finite_answers(answers, name, f"rows of fold {fold}")
        held_out.append(fits.answered(rows, asked, answers, fold))
        history += _epochs(fitted, fold)
        rounds.append(fits.rounds(fitted))
    if block.refit:
        fitted = learning.fit(np.arange(len(rows)), None)
        history += _epochs(fitted, None)
        rounds.append(fits.rounds(fitted))

    with replacing(places.model(block.case, name)) as folder:
        models.save(fitted, folder)
        if origins := _origins(fitted):
            write_json(folder / "pretrained.json", origins)
        of_network = "training" in fits.model(fitted).get_params(deep=False)
        if odd := soundness.notes(rounds, learning.comparable(held_out), of_network=of_network):
            write_json(folder / soundness.FILE, odd)
        pd.concat(held_out, ignore_index=True).to_parquet(folder / "held_out.parquet", index=False)
        if curve:
            pd.DataFrame(curve).to_csv(folder / "learning_curve.csv", index=False)
        if history:
            pd.DataFrame(history).to_csv(folder / "history.csv", index=False)


def _preferred(learn: np.ndarray, times: np.ndarray | None, seed: list[int]) -> np.ndarray:
    """Return positions in the order in which parts of them are taken for the learning curve.

    Where rows stand in time the latest come first; elsewhere they are drawn.
    """
    if times is None:
        return np.random.default_rng(seed).permutation(learn)
    return learn[np.argsort(-times[learn], kind="stable")]


def _epochs(fitted: Pipeline | None, fold: int | None) -> list[dict[str, float | str]]:
    """Give what a network or booster noted of its rounds; fold `all` is the fit on all rows."""
    return [{"fold": "all" if fold is None else fold, **epoch} for epoch in fits.rounds(fitted)]


def _origins(fitted: Pipeline | None) -> dict[str, str]:
    """Return what is to be told of weights of others, in whichever step they are."""
    for step in reversed([*_steps(fitted)]):
        if found := getattr(step, "pretrained_", None):
            return dict(found)
    return {}


def _steps(step: Any) -> Iterator[Any]:
    """Yield a step, or those that it is made of: a pipeline's, or a union's that stand side by side."""
    parts = getattr(step, "steps", None) or getattr(step, "transformer_list", None)
    if parts is None:
        yield step
    for _, part in parts or ():
        yield from _steps(part)
