"""Answers of a registered model beside what it was asked: ids, gaps where none came, notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from caselab.data import conversions
from caselab.data.notes import COLUMN, NO_ANSWER
from caselab.data.raw_records import Case, Shown
from caselab.errors import RowError


def of_rows(
    ask: Callable[[Any], pd.DataFrame], found: Shown, case: Case, *, strict: bool = False
) -> tuple[pd.DataFrame, Shown]:
    """Return a pipeline's answers, and the rows that it has one for.

    An odd record that a pipeline breaks on, as on a number that no float holds, or has no finite
    answer for, is refused; what is not odd must be answered, unless the pipeline says of it that it
    cannot be (RowError) and others can; where it is `strict`, it then refuses all.
    """
    try:
        return _answered(ask, found, case)
    except RowError as error:
        kept = np.setdiff1d(np.arange(len(found.of)), [*error.notes])
        if strict or case.aggregate is not None or not len(kept):
            raise
        places = found.of.index
        found.notes.refuse({int(places[row]): [note] for row, note in error.notes.items()})
        X: Any = found.X
        X = X.iloc[kept].reset_index(drop=True) if isinstance(X, pd.DataFrame) else X[kept]
        return of_rows(ask, replace(found, of=found.of.iloc[kept], X=X), case)


def _answered(
    ask: Callable[[Any], pd.DataFrame], found: Shown, case: Case
) -> tuple[pd.DataFrame, Shown]:
    odd = np.array([bool(found.notes.of(row)) for row in found.of.index.tolist()], dtype=bool)
    if not odd.any() or case.aggregate is not None:  # where odd lines are left out
        return ask(found.X), found
    told: dict[int, str] = {}
    parts = _parts(ask, found.X, np.arange(len(odd)), odd, told)
    answers = pd.concat([pd.DataFrame(), *(part.set_axis(rows) for rows, part in parts)])
    numbers = answers.select_dtypes("number").to_numpy(dtype=np.float64, na_value=np.nan)
    if numbers.shape[1]:
        vain = odd[answers.index] & ~np.isfinite(numbers).any(axis=1)
        told |= dict.fromkeys(answers.index[vain].tolist(), "the pipeline's answer is no number")
        answers = answers[~vain]
    answers = answers.sort_index()
    places, kept = found.of.index, answers.index.to_numpy(dtype=int)
    found.notes.refuse({int(places[row]): [note] for row, note in told.items()})
    left = replace(found, of=found.of.iloc[kept], X=found.X if len(kept) else None)
    return answers.reset_index(drop=True), left


def _parts(
    ask: Callable[[Any], pd.DataFrame],
    X: Any,
    rows: np.ndarray,
    odd: np.ndarray,
    told: dict[int, str],
) -> Iterator[tuple[np.ndarray, pd.DataFrame]]:
    """Yield answers to those rows that can be answered, told of the others why not."""
    try:
        yield rows, ask(X.iloc[rows] if isinstance(X, pd.DataFrame) else X[rows])
    except RowError as error:
        notes = {int(rows[row]): note for row, note in error.notes.items()}
        raise RowError(str(error), notes, error.where) from None
    except ValueError as error:
        if not odd[rows].any():
            raise
        if len(rows) == 1:
            told[int(rows[0])] = f"the pipeline cannot take it ({str(error).splitlines()[0]})"
            return
        halves = np.array_split(rows, 2)
        if not odd[rows].all():
            halves = [rows[~odd[rows]], rows[odd[rows]]]
        for half in halves:
            yield from _parts(ask, X, half, odd, told)


def remarks(pipeline: Any, found: Shown, case: Case) -> dict[int, list[str]]:
    """Return what the steps of a pipeline remark of the rows they were shown, by the records' places.

    Such as of a text that is longer than what is read of it, or of a word that has no vector.
    """
    told: dict[int, list[str]] = {}
    if case.aggregate is not None:
        return told
    places = found.of.index
    for number, step in enumerate(pipeline):
        if hasattr(step, "remarks"):
            X = pipeline[:number].transform(found.X) if number else found.X
            for row, remark in step.remarks(X).items():
                told.setdefault(int(places[row]), []).append(remark)
    return told


def beside(asked: pd.DataFrame, answers: pd.DataFrame, found: Shown, case: Case) -> pd.DataFrame:
    """Put answers beside what was asked, with its id where it has one, and notes."""
    answers, rows, notes = answers.set_axis(found.of.index), found.of, found.notes.column()
    if case.aggregate is None:
        answers, rows = _for_all(answers, range(len(asked))).set_axis(asked.index), asked
    else:
        ids = rows[case.id].tolist()
        if case.id in asked:
            odd = found.notes.of_groups(conversions.to_text(asked[case.id])[0].tolist())
        else:  # any line may be of any row
            odd = dict.fromkeys(ids, found.notes.of_groups([""] * len(asked)).get("", ""))
        without = [name for name in odd if name not in set(ids)]
        ids += without
        answers = _for_all(answers.reset_index(drop=True), range(len(ids)))
        if case.series in rows:
            answers.insert(0, case.series, rows[case.series].reset_index(drop=True))
        rows = pd.DataFrame({case.id: ids})
        notes = [NO_ANSWER * (name in without) + odd.get(name, "") for name in ids]
    if case.id in rows:
        answers.insert(0, case.id, rows[case.id])
    return answers.assign(**{COLUMN: pd.Series(notes, index=answers.index, dtype=object)})


def _for_all(answers: pd.DataFrame, places: range) -> pd.DataFrame:
    """Return answers with gaps where places have none; whole numbers stay whole."""
    if len(answers) == len(places):
        return answers
    whole = [name for name in answers if pd.api.types.is_integer_dtype(answers[name])]
    return answers.astype(dict.fromkeys(whole, "Int64")).reindex(places)
