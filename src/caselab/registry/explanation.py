"""Why a version of a case answers a record as it does: what each column, or word, adds to the answer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from caselab import cases, problems
from caselab.cases import Case
from caselab.data import targets
from caselab.data.notes import COLUMN, NO_ANSWER
from caselab.errors import UserError
from caselab.evaluation.explanation.lime import lime
from caselab.evaluation.explanation.shapley import shapley
from caselab.params import Params
from caselab.project import places
from caselab.registry import packaging, prediction
from caselab.storage import datasets

BACKGROUND = 200
"""Training rows whose values take the place of the record's."""
WALKS = 20
"""Of Shapley's: from so many of these rows to the record."""
MOST_WORDS = 200
NOTHING = "…"
"""A text of which no word is kept."""


@dataclass(frozen=True)
class Explanation:
    """What the parts of a record add to its champion's answer."""

    pipeline: str
    version: int
    answer: Mapping[str, Any]
    """All that the champion answers: id, answers, decision, notes."""
    output: str
    """The part of the answer that is explained."""
    table: pd.DataFrame
    """`part`, its `value`, and what it adds by `lime` and by `shap`; the largest first."""
    base: float
    """The mean answer to the records whose values take the place of this one's: `shap` sums from it."""
    r2: float
    """How much of the answers near the record LIME's linear model tells, at most 1."""


def explain(
    params: Params, case: str, records: pd.DataFrame, row: int, output: str | None = None
) -> Explanation:
    """Explain the champion's answer to one of some raw records, the first of which is row 1.

    Of classes the one is explained that is decided, or `output`. The record's values are replaced by
    those of training rows: a column is one part, and of texts each word that is left out.

    Raises:
        UserError: there is no champion or no such row, or it has no answer that can be explained.
    """
    if not 1 <= row <= len(records):
        raise UserError(f"There is no row {row} among {len(records):,}; --row counts from 1.")
    record = records.iloc[[row - 1]].reset_index(drop=True)
    with prediction.champion(case) as champion:
        return of_version(
            case,
            champion.present,
            packaging.settings_of(champion.folder),
            lambda asked: champion.answer(asked, {}),
            record,
            seed=params.seed,
            output=output,
            where=f"Row {row}",
        )


def of_version(
    case: str,
    version: Mapping[str, Any],
    settings: Mapping[str, Any],
    answer: Callable[[pd.DataFrame], pd.DataFrame],
    record: pd.DataFrame,
    *,
    seed: int,
    output: str | None = None,
    where: str = "The record",
) -> Explanation:
    """Explain how a version of a case answers one record, as `explain` does.

    Args:
        case: whose version it is.
        version: its `pipeline` and `version`.
        settings: of its model; see `packaging.settings_of`.
        answer: asks it about raw records.
        record: one raw record, with index 0.
        seed: of what is drawn.
        output: of several the one to explain.
        where: how errors call the record.

    Raises:
        UserError: it has no answer that can be explained.
    """
    parts, background, restored = _parts(case, settings, record, seed)
    answers = answer(record)
    said, outputs = answers.iloc[0], numbers_of(answers, cases.load(case))
    if not outputs or said[outputs].isna().any():
        why = str(said[COLUMN]).removeprefix(NO_ANSWER) or "it is no number"
        raise UserError(f"{where} has no answer to explain: {why}.")
    wanted = output or (str(said["decision"]) if len(outputs) > 1 else outputs[0])
    if wanted not in outputs:
        raise UserError(f"There is no answer {wanted!r}; choose one of {', '.join(outputs)}.")

    def ask(Z: pd.DataFrame) -> np.ndarray:
        return answer(restored(Z))[[wanted]].to_numpy(dtype=float)

    random = np.random.default_rng(seed)
    near = lime(ask, parts, background, random)
    added, base = shapley(ask, parts, background.head(WALKS), random)
    values = record.iloc[0] if set(parts) <= set(record) else pd.Series("", index=parts.columns)
    table = pd.DataFrame(
        {
            "part": parts.columns,
            "value": [str(values[name]) for name in parts.columns],
            "lime": near.weights[:, 0],
            "shap": added[0, :, 0],
        }
    )
    table = table.sort_values("lime", key=lambda each: -each.abs(), ignore_index=True)
    return Explanation(
        pipeline=version["pipeline"],
        version=version["version"],
        answer=dict(said),
        output=wanted,
        table=table,
        base=float(base[0]),
        r2=float(near.r2[0]),
    )


def numbers_of(answers: pd.DataFrame, case: Case) -> list[str]:
    """Return the columns of answers that can be taken apart: probabilities, an amount, a score."""
    beside = (case.id, "decision")
    return [str(name) for name in answers.select_dtypes("number") if name not in beside]


Restored = Callable[[pd.DataFrame], pd.DataFrame]
"""Turns copies of the parts into raw records."""


def _parts(
    case: str, settings: Mapping[str, Any], record: pd.DataFrame, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, Restored]:
    """Return the record's parts, what may take their place, and what makes records of them."""
    known = cases.load(case)
    target = problems.load(known.problem).target
    if known.aggregate is not None or target not in targets.SCORED:
        raise UserError(
            f"{case} is a case of {known.problem}; explain takes cases that answer a row of a table, or "
            "a text, with a class or a number."
        )
    if settings["view"] == "text":
        return _words(record, settings["options"].get("column", "text"))
    if settings["view"] not in ("table", "columns"):
        raise UserError(f"{case} is shown as {settings['view']}; explain takes tables and texts.")
    rows = datasets.read(places.prepared(case) / "train").X
    assert isinstance(rows, pd.DataFrame)
    names = [name for name in rows if name in record and name not in known.unasked]
    drawn = np.random.default_rng(seed).permutation(len(rows))[:BACKGROUND]

    def restored(Z: pd.DataFrame) -> pd.DataFrame:
        others = record.drop(columns=names).iloc[np.zeros(len(Z), int)].reset_index(drop=True)
        return pd.concat([others, Z.reset_index(drop=True)], axis=1)[[*record]]

    return record[names], rows[names].iloc[drawn].reset_index(drop=True), restored


def _words(record: pd.DataFrame, column: str) -> tuple[pd.DataFrame, pd.DataFrame, Restored]:
    """Take the words of a text as columns that say whether each is kept, wherever it stands."""
    pieces = re.split(r"(\w+)", str(record[column].iloc[0]))  # every second is a word
    words = list(dict.fromkeys(word.lower() for word in pieces[1::2]))[:MOST_WORDS]
    if not words:
        raise UserError(f"The text in {column} has no words to explain by.")
    place = {word: number for number, word in enumerate(words)}

    def text(kept: np.ndarray) -> str:
        return "".join(
            piece
            for number, piece in enumerate(pieces)
            if number % 2 == 0 or kept[place.get(piece.lower(), 0)] or piece.lower() not in place
        )

    def restored(Z: pd.DataFrame) -> pd.DataFrame:
        texts = [text(kept) if kept.any() else NOTHING for kept in Z.to_numpy()]
        return record.iloc[np.zeros(len(Z), int)].reset_index(drop=True).assign(**{column: texts})

    whole = pd.DataFrame(True, index=[0], columns=words)
    return whole, pd.DataFrame(False, index=range(WALKS), columns=words), restored
