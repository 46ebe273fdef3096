"""Hold a window of records against what a case's champion learned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from caselab import cases, numbers
from caselab.data.notes import COLUMN, NO_ANSWER
from caselab.errors import UserError
from caselab.params import Params
from caselab.registry import champions, packaging, prediction
from caselab.tracking import authorship
from caselab.watching import categorical, changes, columns, quality, references, windows
from caselab.watching.changes import Change
from caselab.watching.quality import Quality
from caselab.watching.references import Reference
from caselab.watching.windows import Window


class TooFewError(UserError):
    """There are too few records to tell anything."""


@dataclass(frozen=True)
class Watched:
    """What came of a watch."""

    case: str
    champion: Mapping[str, Any]
    where: str
    rows: int
    learned: int
    """Rows that the champion learned from."""
    false_alarms: float
    least_effect: float
    changes: tuple[Change, ...]
    """Those that moved first."""
    skipped: Mapping[str, str] = field(default_factory=dict)
    measured: Quality | None = None
    estimated: Quality | None = None
    least_quality: float | None = None
    is_low: bool = False
    """Whether the measured quality is below the bound that params.yaml states."""
    when: str = field(default_factory=authorship.now)

    @property
    def moved(self) -> list[Change]:
        """What has moved."""
        return [change for change in self.changes if change.moved]

    @property
    def alarm(self) -> bool:
        """Whether somebody should look, or retrain."""
        return bool(self.moved) or self.is_low

    @property
    def answers_touched(self) -> bool:
        """Whether the champion answers otherwise than it did."""
        return any(change.part == "answers" for change in self.moved)

    def sentences(self) -> list[str]:
        """Say what moved, by how much, whether answers are touched, and how good they are."""
        n = len(self.changes)
        version = f"version {self.champion['version']}, {self.champion['pipeline']}"
        told = [f"{self.case}: {self._verdict(n)} in {self.where} ({version})."]
        told += [f"{change.name}: {shown(change)}" for change in self.moved]
        inputs = any(change.part in ("inputs", "records") for change in self.moved)
        if inputs and not self.answers_touched:
            told.append("The answers are not touched.")
        if self.measured is not None:
            bound = ""
            if self.is_low and self.least_quality is not None:
                bound = f", below the bound of {numbers.number(self.least_quality)}"
            told.append(
                f"{self.measured.title} on {numbers.counted(self.measured.rows, 'labelled row')}: "
                f"{self.measured.shown}, {numbers.score(self.measured.then)} on test{bound}."
            )
        if self.estimated is not None:
            told.append(
                f"{self.estimated.title} as the probabilities let expect: {self.estimated.shown}, "
                f"{numbers.score(self.estimated.then)} on test; labels tell more surely."
            )
        return told

    def _verdict(self, n: int) -> str:
        if not self.moved:
            return f"nothing has moved of {numbers.counted(n, 'comparison')}"
        return f"{len(self.moved)} of {numbers.counted(n, 'comparison')} moved"


def shown(change: Change) -> str:
    """Say by how much something moved."""
    if change.part == "quality":
        return f"{change.now}, {change.before} on test."
    if change.part == "records":
        return f"{change.now} of them, {change.before} of those that were learned from."
    note = f"; {change.note}" if change.note else ""
    return (
        f"{numbers.percent(change.effect)} of the rows lie elsewhere: {change.now}, where "
        f"{change.before} was learned{note}."
    )


def watch(params: Params, case: str, window: Window) -> Watched:
    """Compare a window's inputs, answers and, where labels are known, quality with the champion's.

    Raises:
        UserError: there is no champion, a column is missing, the window holds too few rows, or
            nobody knows what the champion learned from.
    """
    settings = params.watching
    champion = champions.present(case)
    rows = windows.rows(case, window)
    if len(rows.table) < settings.least_rows:
        raise TooFewError(
            f"There {'is' if len(rows.table) == 1 else 'are'} "
            f"{numbers.counted(len(rows.table), 'row')} of {case} in {window.where}, too few to tell "
            f"whether anything has moved; watch at least {settings.least_rows} "
            "(watching.least_rows in params.yaml)."
        )
    reference = references.of_champion(champion)
    answers = window.answers
    if answers is None:
        answers = prediction.predict(case, window.records, window.where)
    answers = answers.reset_index(drop=True)
    found = list(compared(reference, rows.table, answers))
    found.append(broken(reference, rows))
    decision = packaging.settings_of(champions.place(champion))["decision"]
    measured, target = _measured(params, champion, window, answers, decision)
    if target is not None:
        found += columns.compare("labels", reference.target, target)
    if measured is not None:
        found.append(measured.change())
    least = settings.least_quality.get(case)
    return Watched(
        case=case,
        champion=champion,
        where=window.where,
        rows=len(rows.table),
        learned=reference.rows,
        false_alarms=settings.false_alarms,
        least_effect=settings.least_effect,
        changes=tuple(changes.judged(found, settings.false_alarms, settings.least_effect)),
        skipped=reference.skipped,
        measured=measured,
        estimated=quality.estimated(
            case,
            _given(answers),
            reference.calibration,
            decision,
            champion["score"] or {},
            seed=params.seed,
            confidence=params.gate.confidence,
        ),
        least_quality=least,
        is_low=measured is not None and measured.below(least, quality.metric_of(case)),
    )


def compared(
    reference: Reference, table: pd.DataFrame, answers: pd.DataFrame | None
) -> list[Change]:
    """Return inputs and answers held against a reference, not judged yet."""
    found = columns.compare("inputs", reference.columns, table)
    if answers is not None and len(given := _given(answers)):
        found += columns.compare("answers", reference.answers, given)
    return found


def _given(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that have an answer."""
    return answers[has_answer(answers)].reset_index(drop=True)


def has_answer(answers: pd.DataFrame) -> pd.Series:
    """Tell the rows that have an answer."""
    if COLUMN not in answers:
        return pd.Series(True, index=answers.index)
    return ~answers[COLUMN].fillna("").astype(str).str.startswith(NO_ANSWER)


def broken(reference: Reference, rows: windows.Rows) -> Change:
    """Compare the share of records that break the contract."""
    before = np.array([reference.broken, reference.records - reference.broken])
    now = np.array([rows.broken, rows.records - rows.broken])
    cells = np.column_stack([before, now])
    shares = reference.broken / max(1, reference.records), rows.broken / rows.records
    return Change(
        name="records that break the contract",
        part="records",
        p=categorical.p_value(cells),
        effect=abs(shares[1] - shares[0]),
        before=numbers.percent(shares[0]),
        now=numbers.percent(shares[1]),
        psi=changes.psi(before, now),
    )


def _measured(
    params: Params,
    champion: Mapping[str, Any],
    window: Window,
    answers: pd.DataFrame,
    decision: Mapping[str, Any],
) -> tuple[Quality | None, pd.DataFrame | None]:
    """Return the quality of the rows whose labels are known, and those labels."""
    case = champion["case"]
    y = windows.truth(case, window.records)
    if y is None or len(y) != len(answers):
        return None, None
    known = (y.notna() & has_answer(answers.reset_index(drop=True))).to_numpy()
    units = windows.units(case, window.records[known])
    # Of few units a bootstrap has too short intervals.
    if len(np.unique(units)) < params.watching.least_rows:
        return None, None
    y = y[known].reset_index(drop=True)
    given = answers[known].reset_index(drop=True)
    given = given.drop(columns=[cases.load(case).id, "decision", COLUMN], errors="ignore")
    then = champion["score"] or {}
    found = quality.measured(
        case,
        y,
        given,
        decision,
        then,
        units=units,
        seed=params.seed,
        confidence=params.gate.confidence,  # by which promotion scored `then`
    )
    return found, y.to_frame(cases.load(case).target)
