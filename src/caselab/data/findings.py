"""What is odd about records, column by column: told in one sentence of all, or in notes of each row."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from caselab.errors import UserError

if TYPE_CHECKING:
    import pandera.pandas as pa

SHOWN = 3
"""How many columns, and values of each, a message shows."""

Kind = Literal["unread", "fraction", "missing", "repeated", "outside", "unknown", "type"]
KINDS: tuple[Kind, ...] = get_args(Kind)

REASONS: dict[Kind, str] = {
    "unread": "is ",
    "fraction": "is no whole number",
    "missing": "has no value",
    "repeated": "stands twice",
    "outside": "is outside ",
    "unknown": "is unknown",
}


@dataclass(frozen=True)
class Finding:
    """Rows that break one rule of a column."""

    column: str
    kind: Kind
    rule: str  # such as "no number", or "0 to 99 months"
    rows: np.ndarray  # (n_found,), positions, in order; of the kind `type` none
    given: list[Any] = field(default_factory=list)  # (n_found,), as they are or were given
    allowed: Sequence[Any] = ()  # of the kind `unknown`

    def clause(self, first_row: int = 0) -> str:
        """Tell of all rows at once; `first_row` is where a batch of a larger table begins."""
        if self.kind == "type":
            return f"column {self.column!r} is not of the type {self.rule}"
        count, first = len(self.rows), first_row + int(self.rows[0]) + 1
        told = f"column {self.column!r} has {count:,} row{'s' * (count > 1)} {self._what()}"
        if self.kind != "missing":
            distinct = pd.Series(self.given, dtype=object).unique().tolist()
            told += f": {listed([repr(value) for value in distinct], SHOWN)}"
        return f"{told} (first in row {first:,})"

    def notes(self) -> list[str]:
        """Tell of each row by itself."""
        if self.kind == "missing":
            return [self.reason] * len(self.rows)
        said = self.reason.removeprefix(self.column)
        return [f"{self.column} {value!r}{said}" for value in self.given]

    @property
    def reason(self) -> str:
        """Tell of the rule alone, to count by."""
        rule = self.rule if self.kind in ("unread", "outside") else ""
        return f"{self.column} {REASONS[self.kind]}{rule}"

    def from_row(self, first_row: int) -> Finding:
        """Return the same finding in a larger table, of which this one begins at `first_row`."""
        return replace(self, rows=self.rows + first_row)

    def joined(self, later: Finding) -> Finding:
        """Return this finding with later rows of the same."""
        rows = np.concatenate([self.rows, later.rows])
        return replace(self, rows=rows, given=[*self.given, *later.given])

    def _what(self) -> str:
        if self.kind == "unknown":
            near = nearest(str(self.given[0]), [str(each) for each in self.allowed])
            hint = f"; is it {near!r}?" if near else ""
            known = ", ".join(map(repr, self.allowed))
            return f"with an unknown value (known: {known}{hint})"
        are = "is" if len(self.rows) == 1 else "are"
        return {
            "unread": f"that {are} {self.rule}",
            "fraction": f"that {are} no whole number",
            "missing": "without a value",
            "repeated": "that share a value",  # two at least
            "outside": f"outside {self.rule}",
        }[self.kind]


@dataclass(frozen=True)
class Judged:
    """Records in a contract's types, what was done so that they are, and what breaks the contract."""

    records: pd.DataFrame  # the contract's columns, in its order; what is not understood is missing
    dropped: tuple[str, ...]  # columns that the contract does not know
    converted: dict[str, int]  # column -> rows whose value was put into another form
    findings: tuple[Finding, ...]  # in the order of the columns


def error(
    where: str, findings: Sequence[Finding], first_row: int = 0, beyond: str = ""
) -> UserError:
    """Return the one sentence of all findings; `beyond` is what else there is to say of them."""
    more = len(findings) - SHOWN
    told = "; ".join(each.clause(first_row) for each in findings[:SHOWN])
    told += f"; and {more} more like these" if more > 0 else ""
    return UserError(f"In {where} {told}{beyond}; mend these rows or leave them out.")


def repeated(column: pd.Series) -> Finding | None:
    """Return the rows whose value stands in another one too, None where there are none."""
    twice = np.flatnonzero(column.duplicated(keep=False) & column.notna())
    if not len(twice):
        return None
    return Finding(str(column.name), "repeated", "", twice, column.iloc[twice].tolist())


def of_check(check: pa.Check) -> tuple[Kind, Sequence[Any]]:
    """Return what it is to break a check, and the values that it allows where it names them."""
    allowed: Sequence[Any] = (check.statistics or {}).get("allowed_values", ())
    return ("unknown" if allowed else "outside"), allowed


def by_row(findings: Iterable[Finding]) -> dict[int, list[str]]:
    """Return the notes of each row that has any."""
    notes: dict[int, list[str]] = {}
    for finding in findings:
        for row, note in zip(finding.rows.tolist(), finding.notes(), strict=True):
            notes.setdefault(row, []).append(note)
    return notes


def listed(words: Sequence[str], limit: int) -> str:
    """Return some words as a sentence has them."""
    return ", ".join(words[:limit]) + (", …" if len(words) > limit else "")


def nearest(name: str, names: Sequence[str]) -> str | None:
    """Return the name that differs only in case, signs or a few letters."""
    bare = {_bare(each): each for each in names}
    near = difflib.get_close_matches(_bare(name), list(bare), n=1, cutoff=0.75)
    return bare[near[0]] if near else None


def _bare(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
