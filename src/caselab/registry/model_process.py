"""Answers of a registered model, from a process that knows nothing but that model."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd
import pyarrow as pa

from caselab.errors import UserError


class ModelError(Exception):
    """A registered model could not be loaded, or broke down."""


class ModelProcess:
    """A clean Python that waits for a model; it imports what it needs while we do other things."""

    def __init__(self, modules: Iterable[str] = ()):
        self._folder = tempfile.TemporaryDirectory()
        self._log = Path(self._folder.name, "log.txt").open("wb")  # noqa: SIM115  see __exit__
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-I",
                "-B",
                str(Path(__file__).with_name("model_worker.py")),
                *modules,
            ],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=self._folder.name,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()
        self._log.close()
        self._folder.cleanup()

    def ask(
        self,
        model: Path,
        records: pd.DataFrame,
        where: str = "the records",
        *,
        as_judged: bool = False,
        strict: bool = False,
    ) -> None:
        """Begin to answer for raw records with the model in a folder; `answers` waits for it.

        `where` is how errors call the records. `as_judged` asks the pipeline that the gate judged,
        where what is served was fitted again afterwards; `strict` refuses all records where any
        breaks the contract.

        Raises:
            UserError: a column holds values of several kinds.
        """
        folder = Path(self._folder.name)
        try:
            records.to_parquet(folder / "records.parquet", index=False)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(
                f"The records cannot be passed on: {reason}; mend that column."
            ) from error
        names = {"records": "records.parquet", "answers": "answers.parquet", "reply": "reply.json"}
        asked = {key: str(folder / name) for key, name in names.items()}
        how = {"where": where, "as_judged": as_judged, "strict": strict}
        line = json.dumps(asked | {"model": str(model.absolute()), "params": how}) + "\n"
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode())
        self._process.stdin.close()

    def answers(self) -> tuple[pd.DataFrame, set[str]]:
        """Return the answers, and the names of the modules that were imported for them.

        Raises:
            UserError: the records cannot be understood, or break the contract where it is strict.
            ModelError: the model could not be loaded, or broke down.
        """
        self._process.wait()
        folder = Path(self._folder.name)
        try:
            reply: dict[str, Any] = json.loads((folder / "reply.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError) as error:
            told = (folder / "log.txt").read_text("utf-8", "replace")[-2000:]
            raise ModelError(f"it ended with code {self._process.returncode}: {told}") from error
        if reply.get("is_users"):
            raise UserError(reply["error"])
        if "error" in reply:
            raise ModelError(reply["trace"])
        return pd.read_parquet(folder / "answers.parquet"), set(reply["modules"])
