"""What is said of each record that is asked about: what was odd, and why one has no answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

COLUMN = "notes"
"""Of answers; empty where nothing was odd."""

NO_ANSWER = "no answer: "
"""How the note of a row without an answer begins."""


class Notes:
    """Notes of records by their place; those that are refused have no answer."""

    def __init__(self, count: int):
        self.refused = np.zeros(count, dtype=bool)
        self._said: dict[int, list[str]] = {}

    def add(self, notes: Mapping[int, Iterable[str]]) -> None:
        """Note what is odd about some records."""
        for row, told in notes.items():
            self._said.setdefault(row, []).extend(told)

    def refuse(self, notes: Mapping[int, Iterable[str]]) -> None:
        """Note why some records have no answer."""
        self.add(notes)
        self.refused[list(notes)] = True

    def of(self, row: int) -> list[str]:
        """Return what is said of one record."""
        return self._said.get(row, [])

    def of_groups(self, groups: Sequence[str | None]) -> dict[str, str]:
        """Return one note for each group of records of which some were left out."""
        said: dict[str, list[str]] = {}
        for row, told in self._said.items():
            if isinstance(name := groups[row], str):
                said.setdefault(name, []).append("; ".join(told))
        return {
            name: f"{len(told):,} of its lines left out: {'; '.join(dict.fromkeys(told))}"
            for name, told in said.items()
        }

    def column(self) -> list[str]:
        """Return one note for each record."""
        notes = [""] * len(self.refused)
        for row, told in self._said.items():
            notes[row] = NO_ANSWER * bool(self.refused[row]) + "; ".join(told)
        return notes


def told(answers: pd.DataFrame, where: str, remedy: str = "") -> str | None:
    """Return one sentence that counts the rows with notes, None where there are none.

    A model that was registered before there were notes has none. `remedy` is how a caller says that
    such rows can be refused.
    """
    notes: list[str] = answers[COLUMN].tolist() if COLUMN in answers else []
    without = sum(note.startswith(NO_ANSWER) for note in notes)
    odd = sum(note != "" for note in notes) - without
    parts = []
    if odd:
        it = "it" if odd == 1 else "them"
        parts.append(f"{_rows(odd)} answered although something in {it} is odd")
    if without:
        parts.append(f"{_rows(without)} left without an answer")
    if not parts:
        return None
    said = f"Of {len(notes):,} rows in {where} {' and '.join(parts)}"
    return f"{said}; the column {COLUMN} says why{remedy}."


def _rows(count: int) -> str:
    return f"{count:,} {'is' if count == 1 else 'are'}"
