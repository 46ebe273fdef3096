"""Which version of a trial answers a record: a share of the ids, the same ones as long as it runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from caselab.cases import Case
from caselab.data import conversions
from caselab.serving.bodies import Question


@dataclass(frozen=True)
class Trial:
    """A version that is tried against the champion."""

    name: str
    """When it was started, which no other was."""
    version: int
    pipeline: str
    share: float
    """Of the ids whose requests the version answers; 0 in the shadow."""

    @property
    def in_the_shadow(self) -> bool:
        """Whether the champion answers everything, and the version is only asked too."""
        return self.share == 0


def trial_of(champion: Mapping[str, Any] | None) -> Trial | None:
    """Return the trial that runs, by what is known of the champion."""
    found = (champion or {}).get("trial")
    if found is None:
        return None
    return Trial(found["name"], int(found["version"]), found["pipeline"], float(found["share"]))


def chosen(trial: Trial, question: Question, case: Case) -> np.ndarray:
    """Tell which records the version on trial answers, `(n_records,)`."""
    return _draws(trial, question, case) < trial.share


def _draws(trial: Trial, question: Question, case: Case) -> np.ndarray:
    """Return a number from 0 to 1 for each record.

    A record goes by the hash of its id, and without one by that of all it holds: who asks the same
    again is answered by the same version. Records that make up rows together go together.
    """
    columns: Any = question.columns if question.table is None else question.table
    ids = columns[case.id] if case.id in columns else [None] * question.count
    known = conversions.to_text(pd.Series([*ids]))[0]
    whole = case.aggregate is not None or case.past
    if whole and known.notna().any():
        return np.full(question.count, _draw(trial.name, "\n".join(sorted({*known.dropna()}))))
    held = {str(name): [*columns[name]] for name in columns} if known.isna().any() else {}
    keys = [
        _content(held, row) if missing else str(each)
        for row, (each, missing) in enumerate(zip(known, known.isna(), strict=True))
    ]
    if whole:
        keys = ["\n".join(keys)] * len(keys)
    return np.array([_draw(trial.name, key) for key in keys])


def _content(columns: Mapping[str, list[Any]], row: int) -> str:
    return repr([(name, str(columns[name][row])) for name in sorted(columns)])


def _draw(trial: str, key: str) -> float:
    """Return a number from 0 to 1 that looks drawn, and is the same for the same key and trial."""
    digest = hashlib.blake2b(f"{trial}\n{key}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
