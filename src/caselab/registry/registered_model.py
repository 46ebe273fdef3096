"""The registered model: raw records in, answers and decisions out (MLflow's model from code).

MLflow runs this file where a model is loaded, after it has put the model's own copy of caselab
first on Python's path: an old model runs its own code.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import threadpoolctl
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext


class RawRecords(PythonModel):
    """Check, repair and show raw records as training did; then ask the pipeline, and decide."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the pipeline and all that its settings name."""
        from caselab import cases, features, problems
        from caselab.storage import models

        lineage = Path(context.artifacts["lineage"])
        self.settings = json.loads((lineage / "pipeline.json").read_text(encoding="utf-8"))
        self.case = cases.load(self.settings["case"])
        self.problem = problems.load(self.settings["problem"])
        view = features.load(self.settings["view"]).view
        self.view = partial(view, **self.settings["options"])
        self.contract = self.case.contract()
        self.judged = Path(context.artifacts["pipeline"])
        self.pipeline = models.load(Path(context.artifacts.get("all_rows", self.judged)))

    def predict(
        self,
        context: PythonModelContext | None,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return the id where there is one, the problem's answers, and in `decision` what they mean.

        One row per record, or per row that the case makes of several records. The target is not
        looked at. A record that the case's repairs drop has no answer. Of `params`, `where` is how
        errors call the records, such as their file's name, and `as_judged` asks the pipeline that
        the gate judged, which had seen no test row, where another answers otherwise.
        """
        from caselab.data import raw_records
        from caselab.storage import models

        case, params = self.case, params or {}
        where = params.get("where", "the records")
        found = raw_records.rows(model_input, case, self.view, where, self.contract)
        pipeline = models.load(self.judged) if params.get("as_judged") else self.pipeline
        with threadpoolctl.threadpool_limits(self.settings["threads"]):
            answers = self.problem.answer(pipeline, found.X)
        decided = self.problem.decide(answers, case, self.settings["decision"])
        answers, rows = answers.assign(decision=decided).set_axis(found.of.index), found.of
        if case.aggregate is None:
            answers = answers.reindex(range(len(model_input))).set_axis(model_input.index)
            rows = model_input
        if case.id in rows:
            answers.insert(0, case.id, rows[case.id])
        return answers


set_model(RawRecords())
