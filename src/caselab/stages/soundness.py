"""Whether what was fitted can be used: numbers that are none end the stage, what is odd is noted."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from caselab.errors import UserError

FILE = "notes.json"
"""Where train leaves its notes, beside the model."""

RISE = 100
"""How many times its first value a loss on the training rows may end at."""

HUGE = 1e4
"""What no loss of a network ends at that has learned anything: its targets are scaled."""

_ALIKE = 1e-9
"""Of a column's greatest value, the differences that rounding makes."""

Round = Mapping[str, Any]
"""What a fit noted of an epoch or round: its number first, then its losses and scores."""


def require_finite_losses(rounds: Sequence[Round], pipeline: str, fit: str) -> None:
    """Refuse a fit that has diverged, though its best weights may be those of an earlier round.

    Raises:
        UserError: a loss is infinite or no number.
    """
    for each in rounds:
        (counted, number), *_ = each.items()
        for name, value in _losses(each).items():
            if not math.isfinite(value):
                raise UserError(
                    f"{pipeline} diverged in {fit}: its {name} is {value} in {counted} {number}; "
                    "lower its learning rate, or look for huge values among its inputs."
                )


def require_finite_answers(answers: pd.DataFrame, pipeline: str, rows: str) -> None:
    """Refuse answers that are no numbers.

    Raises:
        UserError: some are infinite or missing.
    """
    numbers = answers.select_dtypes("number")
    wrong = ~np.isfinite(numbers.to_numpy(dtype=float)).all(axis=1)
    for name in answers.columns.difference(numbers.columns):
        wrong |= answers[name].map(_is_no_numbers).to_numpy(dtype=bool)
    if wrong.any():
        raise UserError(
            f"{pipeline} answers {wrong.sum():,} of {len(answers):,} {rows} with what is no finite "
            "number; lower its learning rate, or look for huge values among its inputs."
        )


def _is_no_numbers(cell: Any) -> bool:
    """Tell whether a cell holds numbers of which some are infinite or missing."""
    return isinstance(cell, np.ndarray) and cell.dtype.kind == "f" and not np.isfinite(cell).all()


def are_constant(answers: pd.DataFrame) -> bool:
    """Tell whether several rows all get the same answer; answers without numbers are not looked at."""
    numbers = answers.select_dtypes("number").to_numpy(dtype=float)
    if len(numbers) < 2 or not numbers.size:
        return False
    scale = np.abs(numbers).max(axis=0)
    return bool((np.ptp(numbers, axis=0) <= _ALIKE * scale).all())


def is_thrown(rounds: Sequence[Round], *, of_network: bool) -> bool:
    """Tell whether the loss on the training rows ended far above where it began, or any."""
    if not rounds:
        return False
    first, last = _losses(rounds[0]), _losses(rounds[-1])
    return any(
        value > RISE * abs(first[name]) or (of_network and value > HUGE)
        for name, value in last.items()
        if name.startswith("train")
    )


def notes(
    fits: Sequence[Sequence[Round]], folds: Sequence[pd.DataFrame], *, of_network: bool
) -> list[str]:
    """Return what is odd about a pipeline, as clauses whose subject it is.

    `fits` are the rounds of all fits, `folds` the answers of those that had rows held out.
    """
    found = []
    if thrown := sum(is_thrown(rounds, of_network=of_network) for rounds in fits):
        last = max(max(_losses(rounds[-1]).values(), default=0) for rounds in fits if rounds)
        found.append(
            f"learned nothing in {thrown} of {len(fits)} fits, whose loss came to {last:.3g}; "
            "lower its learning rate"
        )
    if constant := sum(map(are_constant, folds)):
        found.append(f"gives all rows the same answer in {constant} of {len(folds)} folds")
    return found


def _losses(each: Round) -> dict[str, float]:
    return {name: float(value) for name, value in each.items() if name.endswith("loss")}
