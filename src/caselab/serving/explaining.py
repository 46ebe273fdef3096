"""What each column of one record adds to its answer, asked of the version that answered.

Shapley values of the record's own columns, against training records: they need no more of a version
than that it answers, so any can be explained, by its own code.
"""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pandas as pd
from starlette.exceptions import HTTPException

from caselab.errors import UserError
from caselab.evaluation.explanation.shapley import shapley
from caselab.project import places
from caselab.registry.explanation import numbers_of
from caselab.serving import fields
from caselab.serving.bodies import Question
from caselab.serving.served import Served
from caselab.storage import datasets

BACKGROUND = 20
"""Training records from which columns are taken one by one to the record's."""

SEED = 0
MOST_COLUMNS = 100


async def explained(served: Served, question: Question) -> dict[str, Any]:
    """Return what the columns of one record add to one output, the greatest first.

    They sum to the difference between the record's answer and `base`, the mean answer to the training
    records.

    Raises:
        HTTPException: there is not one record, or nothing to take apart (422).
    """
    if question.count != 1:
        raise HTTPException(422, "One record is explained at a time; send one.")
    record = question.records()
    background = await asyncio.to_thread(_background, served)
    names = [field.name for field in served.fields if field.name != served.case.id]
    names = [name for name in names if background is not None and name in background]
    if (
        served.case.aggregate is not None
        or background is None
        or not 2 <= len(names) <= MOST_COLUMNS
    ):
        raise HTTPException(422, "This case has no columns whose parts of an answer could be told.")
    answers, worker = await served.ask(question, {})
    outputs = numbers_of(answers, served.case)
    if not outputs:
        raise HTTPException(422, "This case's answers are no numbers that could be taken apart.")
    loop = asyncio.get_running_loop()

    def ask(mixed: pd.DataFrame) -> np.ndarray[Any, Any]:
        asked = served.ask(Question(len(mixed), table=mixed), {})
        found, _ = asyncio.run_coroutine_threadsafe(asked, loop).result()
        return found[outputs].to_numpy(dtype=np.float64)

    X = record.reindex(columns=names).astype(object)
    random = np.random.default_rng(SEED)
    added, base = await asyncio.to_thread(shapley, ask, X, background[names].astype(object), random)
    chosen = _chosen(served, outputs, answers)
    parts = added[0, :, chosen]
    if not np.isfinite(parts).all():
        raise HTTPException(422, "The record's answer cannot be taken apart.")
    order = np.argsort(-np.abs(parts), kind="stable")
    return {
        "output": outputs[chosen],
        "answer": float(base[chosen] + parts.sum()),
        "base": float(base[chosen]),
        "version": worker.version,
        "contributions": [
            {
                "column": names[j],
                "value": fields.plain(X[names[j]].iloc[0]),
                "added": float(parts[j]),
            }
            for j in order.tolist()
        ],
    }


def _background(served: Served) -> pd.DataFrame | None:
    """Return training records as they lie here; None where there are none."""
    try:
        records = datasets.read(places.prepared(served.case.name) / "train").X
    except (FileNotFoundError, UserError):
        return None
    if not isinstance(records, pd.DataFrame):
        return None
    chosen = np.random.default_rng(SEED).permutation(len(records))[:BACKGROUND]
    return records.iloc[np.sort(chosen)].reset_index(drop=True)


def _chosen(served: Served, outputs: list[str], answers: pd.DataFrame) -> int:
    """Return which output is shown: the class that is looked for, else that of the answer."""
    positive = str(served.case.positive)
    if positive in outputs:
        return outputs.index(positive)
    if len(outputs) == 1:
        return 0
    return int(np.argmax(answers[outputs].iloc[0].to_numpy(dtype=np.float64)))
