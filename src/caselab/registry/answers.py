"""Answers of a registered model beside what it was asked: ids, gaps where none came, notes."""

from __future__ import annotations

import pandas as pd

from caselab.data import conversions
from caselab.data.notes import COLUMN, NO_ANSWER
from caselab.data.raw_records import Case, Shown


def beside(asked: pd.DataFrame, answers: pd.DataFrame, found: Shown, case: Case) -> pd.DataFrame:
    """Put answers beside what was asked, with its id where it has one, and notes."""
    answers, rows, notes = answers.set_axis(found.of.index), found.of, found.notes.column()
    if case.aggregate is None:
        answers, rows = _for_all(answers, range(len(asked))).set_axis(asked.index), asked
    else:
        lines = conversions.to_text(asked[case.id])[0]
        odd = found.notes.of_groups(lines.tolist())
        without = [name for name in odd if name not in set(rows[case.id])]
        ids = [*rows[case.id], *without]
        answers = _for_all(answers.reset_index(drop=True), range(len(ids)))
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
