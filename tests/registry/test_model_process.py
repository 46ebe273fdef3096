"""What comes back from the process that answers with a registered model."""

import mlflow.pyfunc
import pandas as pd
import pytest

from caselab.errors import UserError
from caselab.registry.model_process import ModelError, ModelProcess

MODEL = """
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

class UserError(Exception):
    "The model's own copy of the class."

class RowError(UserError):
    pass

class Failing(PythonModel):
    def predict(self, context, model_input, params=None):
        raise {error}

set_model(Failing())
"""


@pytest.mark.parametrize(
    ("error", "raised", "told"),
    [
        ("UserError('There is no column.')", UserError, "^There is no column.$"),
        ("RowError('Row 2 of 3 is no picture.')", UserError, "^Row 2 of 3 is no picture.$"),
        ("ValueError('bad shape')", ModelError, "Traceback.*bad shape"),
    ],
)
def test_what_a_user_can_mend_is_told_from_what_broke(tmp_path, error, raised, told):
    (tmp_path / "model.py").write_text(MODEL.format(error=error))
    mlflow.pyfunc.save_model(
        tmp_path / "saved", python_model=tmp_path / "model.py", pip_requirements=["mlflow"]
    )
    with ModelProcess() as worker:
        worker.ask(tmp_path / "saved", pd.DataFrame({"a": [1]}))
        with pytest.raises(raised, match=f"(?s){told}"):
            worker.answers()
