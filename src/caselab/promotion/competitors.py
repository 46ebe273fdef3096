"""Candidate and champion as registered models, each in a clean process with its own code."""

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from caselab.errors import UserError
from caselab.params import Params
from caselab.project import programs
from caselab.promotion.candidate import Candidate
from caselab.promotion.scoring import Predictions, TestRows
from caselab.registry import champions, lineage, packaging
from caselab.registry.model_process import EVERY_MODELS, ModelError, ModelProcess, RefusedError

EXAMPLES = 100
"""Raw records from which the model's signature is read."""


class Competitors:
    """The candidate, packed as it will be registered, and the champion; to be asked once.

    Their processes start at once, and import what they need while the registry is asked.
    """

    def __init__(self, params: Params, candidate: Candidate):
        self._package = packaging.describe(params, candidate.pipeline, lineage.texts())
        with ExitStack() as stack:
            self._candidate = stack.enter_context(
                ModelProcess([*EVERY_MODELS, *self._package.code.at_once])
            )
            known = champions.remembered(candidate.case)
            self._champion = stack.enter_context(ModelProcess()) if known else None
            self.packed = Path(stack.enter_context(tempfile.TemporaryDirectory()), "model")
            """The folder of the candidate's model, once it has answered."""
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def answer(
        self, rows: TestRows, present: Mapping[str, Any] | None
    ) -> tuple[Predictions, Predictions | None]:
        """Return the answers of candidate and champion to the raw records of the test rows.

        `present` is what is known of the champion.

        Raises:
            UserError: the champion cannot answer here or is not what was registered, or records of test rows are missing.
        """
        packaging.save(self._package, rows.examples(EXAMPLES), self.packed)
        self._candidate.ask(self.packed / "artifacts", rows.records)
        place = champions.place(present) if present else None
        if place:
            self._champion = self._champion or self._stack.enter_context(ModelProcess())
            self._champion.ask(place / "artifacts", rows.records, {"as_judged": True})
        answers = self._candidate.answers()
        modules = self._candidate.load(self.packed / "artifacts")
        packaging.require(self.packed, modules & self._package.code.foreign)
        candidate = rows.predictions(answers, self._package.settings["decision"])
        if not (present and place and self._champion):
            return candidate, None
        return candidate, _of_champion(self._champion, present, place, rows)

    def refit_candidate(self) -> None:
        """Let the packed candidate answer by a fit on train and test rows from now on."""
        packaging.refit(self._package, self.packed)


def _of_champion(
    process: ModelProcess, present: Mapping[str, Any], folder: Path, rows: TestRows
) -> Predictions:
    try:
        answers = process.answers()
        return rows.predictions(answers, packaging.settings_of(folder)["decision"])
    except (ModelError, RefusedError, UserError) as error:
        reason = programs.last_line(str(error))
        raise UserError(
            f"Version {present['version']} of {present['case']}, the champion, cannot be scored "
            f"here ({reason}); install the packages of {folder}/requirements.txt, "
            "or give the alias `champion` to another version in MLflow's page."
        ) from error
