"""A registered version that answers: its process, and whether it is fit to be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from caselab.registry import champions, packaging, prediction
from caselab.registry.lineage import FOLDER
from caselab.registry.model_process import ModelError, ModelProcess, RefusedError

TRIED_TOGETHER = (2, 5, 16)
"""Records that a version is asked at once, to see whether it says of each what it says of it alone."""

Gathers = Literal["but for the estimator", "not at all"]
"""How several requests are asked at once so that each is answered to the last bit as it is alone."""


class Worker:
    """One version in a process of its own, with its own code. All that it does waits for that process."""

    def __init__(self, present: Mapping[str, Any]):
        """Load the version, and let it answer for the records that lie with it.

        Args:
            present: what is known of it; see `champions.champion`.

        Raises:
            UserError: its files are not those that were registered, or it cannot answer.
        """
        self.case, self.version = str(present["case"]), int(present["version"])
        self.pipeline = str(present["pipeline"])
        self._home = champions.place(present)
        self.examples = pd.read_parquet(self._artifacts / FOLDER / "examples.parquet")
        self.gathers: Gathers = "not at all"
        self._process = ModelProcess()
        try:
            self._process.load(self._artifacts)
            self.gathers = self._gathers()
        except (RefusedError, ModelError) as error:
            self.close()
            raise prediction.cannot_answer(present, self._home, error) from error
        except BaseException:
            self.close()
            raise

    @property
    def _artifacts(self) -> Path:
        return self._home / "artifacts"

    @property
    def settings(self) -> dict[str, Any]:
        """How it was made: its view, its decision, its seed."""
        return packaging.settings_of(self._home)

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.can_be_asked

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    def ask(
        self, records: pd.DataFrame, how: Mapping[str, Any], requests: Sequence[int] = ()
    ) -> pd.DataFrame:
        """Answer as `caselab predict` does; `how` has its `strict` and `options`.

        `requests` are the numbers of records of several requests that are asked at once.

        Raises:
            RefusedError: the records cannot be understood.
            ModelError: it broke down, on these records or for good (`is_alive`).
        """
        asked = {"where": "the records", "strict": False, "options": {}} | dict(how)
        if len(requests) > 1:
            asked["requests"] = [*requests]
        self._process.ask(self._artifacts, records, asked)
        return self._process.answers()

    def kill(self) -> None:
        """End it at once; who waits for an answer gets a ModelError."""
        self._process.kill()

    def close(self) -> None:
        """End it."""
        self._process.close()

    def _gathers(self) -> Gathers:
        """Find out whether several requests may be asked at once.

        Matrix products round by the number of their rows, so the estimator is asked request by request.
        A version whose code cannot do so, as it was registered earlier, gathers nothing: a few examples
        that come out the same say little of all others.
        """
        code = self._artifacts / "code/caselab/registry/registered_model.py"
        if '"requests"' not in code.read_text(encoding="utf-8"):
            return "not at all"
        records = self.examples
        if not len(records) or len(self.ask(records, {})) != len(records):
            return "not at all"  # a row of the case is made of several records
        alone = [self.ask(_taken(records, [row]), {}) for row in range(len(records))]
        return "but for the estimator" if self._says_the_same(records, alone) else "not at all"

    def _says_the_same(self, records: pd.DataFrame, alone: Sequence[pd.DataFrame]) -> bool:
        for count in TRIED_TOGETHER:
            rows = [row % len(records) for row in range(count)]
            try:
                together = self.ask(_taken(records, rows), {}, [1] * count)
            except (RefusedError, ModelError):
                if not self.is_alive:
                    raise
                return False
            if not together.equals(pd.concat([alone[row] for row in rows], ignore_index=True)):
                return False
        return True


def _taken(records: pd.DataFrame, rows: Sequence[int]) -> pd.DataFrame:
    return records.iloc[[*rows]].reset_index(drop=True)
