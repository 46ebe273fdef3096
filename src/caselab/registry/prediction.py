"""Answers of a case's champion for raw records."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from caselab.errors import UserError
from caselab.project import programs
from caselab.registry import champions
from caselab.registry.model_process import ModelError, ModelProcess, RefusedError

if TYPE_CHECKING:
    import pandas as pd


def predict(
    case: str,
    records: "pd.DataFrame",
    where: str = "the records",
    *,
    strict: bool = False,
    options: Mapping[str, Any] | None = None,
) -> "pd.DataFrame":
    """Answer for raw records with the champion: id (where given), answers, decision, notes.

    `where` is how errors call the records; `strict` refuses all of them where any breaks the contract.
    `options` are those of the case's kind of problem.

    Raises:
        UserError: there is no champion, a column is missing, or the records break its contract
            where it is `strict`.
    """
    with ModelProcess() as worker:
        present = champions.champion(case, surely=True)
        if present is None:
            raise champions.no_champion(case)
        home = champions.place(present)
        try:
            how = {"where": where, "strict": strict, "options": dict(options or {})}
            worker.ask(home / "artifacts", records.reset_index(drop=True), how)
            answers = worker.answers()
        except RefusedError as error:
            raise UserError(str(error)) from error
        except ModelError as error:
            raise UserError(
                f"Version {present['version']} of {case} cannot answer with the packages installed "
                f"here ({programs.last_line(str(error))}); install those of {home}/requirements.txt."
            ) from error
    return answers.set_axis(records.index) if len(answers) == len(records) else answers
