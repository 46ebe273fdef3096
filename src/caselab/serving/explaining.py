"""What each column, or word, of one record adds to its answer, asked of the version that answers it."""

from __future__ import annotations

import asyncio
from typing import Any

import pandas as pd
from starlette.exceptions import HTTPException

from caselab.errors import UserError
from caselab.registry import explanation
from caselab.registry.explanation import Explanation
from caselab.serving.bodies import Question
from caselab.serving.seats import Seat
from caselab.serving.served import Served

AT_ONCE = 64
"""Copies of the record that are asked together: between two such questions others get their turn."""


THREADS = 2
"""Explanations of a server at once: each holds one of the few threads by which champions are looked
for, versions started and requests logged."""


async def explained(served: Served, question: Question, turn: asyncio.Semaphore) -> dict[str, Any]:
    """Return what the parts of one record add to the answer that is decided, the greatest first.

    It waits for its `turn` among the server's explanations. By SHAP the parts sum to the difference
    between the answer and `base`; see `explanation.Explanation`.

    Raises:
        HTTPException: there is not one record, or nothing to take apart (422).
    """
    if question.count != 1:
        raise HTTPException(422, "One record is explained at a time; send one.")
    loop = asyncio.get_running_loop()
    try:
        async with turn:
            seat = served.seat_of(question)
            found = await asyncio.to_thread(_explanation, seat, question, loop)
    except UserError as error:
        raise HTTPException(422, str(error)) from None
    return {
        "output": found.output,
        "answer": float(found.answer[found.output]),
        "base": found.base,
        "version": found.version,
        "r2": found.r2,
        "parts": found.table.to_dict("records"),
    }


def _explanation(seat: Seat, question: Question, loop: asyncio.AbstractEventLoop) -> Explanation:
    """Explain, from a thread, while the loop goes on answering."""
    worker = seat.worker
    if worker is None:
        raise HTTPException(503, f"Not answered: {seat.problem}", {"Retry-After": "5"})

    def ask(part: pd.DataFrame) -> pd.DataFrame:
        asked = seat.ask(Question(len(part), table=part.reset_index(drop=True)), {})
        answers, by = asyncio.run_coroutine_threadsafe(asked, loop).result()
        if by.version != worker.version:
            raise HTTPException(
                503, "Another version answers now; ask again.", {"Retry-After": "1"}
            )
        return answers

    def answer(records: pd.DataFrame) -> pd.DataFrame:
        parts = [records[start : start + AT_ONCE] for start in range(0, len(records), AT_ONCE)]
        return pd.concat(map(ask, parts), ignore_index=True)

    settings = worker.settings
    about = {"pipeline": worker.pipeline, "version": worker.version}
    record = question.records.reset_index(drop=True)
    return explanation.of_version(
        worker.case, about, settings, answer, record, seed=settings["seed"]
    )
