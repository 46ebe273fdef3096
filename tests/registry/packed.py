"""Models packed as registered ones are, whose code is a few lines."""

from pathlib import Path

import mlflow.pyfunc

from caselab.registry import model_process

CODE = """
import os
import pandas as pd
from caselab import cases

class UserError(Exception):
    "The model's own copy of the class."

class RowError(UserError):
    pass

class RawRecords:
    def load(self, artifacts):
        {load}

    def predict(self, records, params=None):
        {predict}
        return pd.DataFrame({{"who": cases.WHO, "pid": os.getpid(), "sum": records.sum(axis=1)}})
"""


def pack(folder: Path, who: str, load: str = "pass", predict: str = "pass") -> Path:
    """Save a model that says who it is, and return the folder of its artifacts."""
    package = folder / "code/caselab"
    (package / "registry").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "registry/__init__.py").touch()
    (package / "cases.py").write_text(f"WHO = {who!r}\n")
    code = CODE.format(load=load, predict=predict)
    (package / "registry/registered_model.py").write_text(code)
    here = Path(model_process.__file__).parent
    for name in ("model_process.py", "model_worker.py"):
        (package / "registry" / name).write_text((here / name).read_text())
    mlflow.pyfunc.save_model(
        folder / "model",
        python_model=here / "mlflow_model.py",
        artifacts={"code": str(folder / "code")},
        pip_requirements=["mlflow"],
    )
    return folder / "model/artifacts"
