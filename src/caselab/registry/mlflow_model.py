"""What MLflow loads of a registered version: it asks the model, which has a process of its own.

MLflow runs this file in the user's process, beside other versions and whatever else is imported
there. So it brings no module of ours in under its name; the code of the model runs elsewhere.
"""

import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext


class OwnProcess(PythonModel):
    """Raw records in, answers and decisions out, from a process for each time that it is loaded."""

    def load_context(self, context: PythonModelContext) -> None:
        """Start the process and load the model in it."""
        code = Path(context.artifacts["code"])
        self.artifacts = code.parent
        self.module = _alone(code / "caselab/registry/model_process.py")
        self.lock = threading.Lock()
        # By what the loaded model alone holds: MLflow itself keeps this object until the next.
        self.processes: WeakKeyDictionary[PythonModelContext, Any] = WeakKeyDictionary()
        self._started(context).load(self.artifacts)

    def predict(
        self,
        context: PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return what `registered_model.RawRecords.predict` does; one question at a time."""
        with self.lock:
            process = self.processes[context]
            if not process.can_be_asked:  # it was killed, or this is a fork of who started it
                process = self._started(context)
            try:
                process.ask(self.artifacts, model_input, params)
                return process.answers()
            except self.module.RefusedError as error:
                raise MlflowException.invalid_parameter_value(str(error)) from None

    def _started(self, context: PythonModelContext) -> Any:
        process = self.module.ModelProcess(modules=(), paths=sys.path)
        self.processes[context] = process
        return process


def _alone(file: Path) -> ModuleType:
    """Run a module that no import of others finds, and leave no bytecode among the model's files."""
    module = ModuleType(file.stem)
    module.__file__ = str(file)
    code = compile(file.read_text(encoding="utf-8"), str(file), "exec")
    exec(code, module.__dict__)  # noqa: S102  the model's own
    return module


set_model(OwnProcess())
