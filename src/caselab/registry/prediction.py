"""Answers of a case's champion for raw records."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselab.errors import UserError
from caselab.project import programs
from caselab.registry import champions
from caselab.registry.model_process import ModelError, ModelProcess, RefusedError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Champion:
    """A case's champion in its own process."""

    present: Mapping[str, Any]
    """What is known of it."""
    folder: Path
    worker: ModelProcess

    def answer(self, records: "pd.DataFrame", how: Mapping[str, Any]) -> "pd.DataFrame":
        """Answer for raw records; `how` are the params of `registered_model.RawRecords.predict`.

        Raises:
            UserError: a column is missing, the records break the contract where it is strict, or the
                packages here are not those that it needs.
        """
        try:
            self.worker.ask(self.folder / "artifacts", records.reset_index(drop=True), how)
            answers = self.worker.answers()
        except RefusedError as error:
            raise UserError(str(error)) from error
        except ModelError as error:
            raise cannot_answer(self.present, self.folder, error) from error
        return answers.set_axis(records.index) if len(answers) == len(records) else answers


def cannot_answer(version: Mapping[str, Any], folder: Path, error: Exception) -> UserError:
    """Return the error of a version whose process has broken down: mostly it lacks packages."""
    return UserError(
        f"Version {version['version']} of {version['case']} cannot answer with the packages "
        f"installed here ({programs.last_line(str(error))}); install those of "
        f"{folder}/requirements.txt."
    )


@contextmanager
def champion(case: str) -> Iterator[Champion]:
    """Start the champion of a case; its process ends with the block.

    Raises:
        UserError: there is none.
    """
    with ModelProcess() as worker:
        present = champions.present(case)
        yield Champion(present, champions.place(present), worker)


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
    with champion(case) as model:
        how = {"where": where, "strict": strict, "options": dict(options or {})}
        return model.answer(records, how)
