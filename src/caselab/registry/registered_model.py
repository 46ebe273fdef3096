"""The registered model: raw records in, answers and decisions out (MLflow's model from code).

MLflow runs this file where a model is loaded, after it has put the model's own copy of caselab
first on Python's path: an old model runs its own code.
"""

import json
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
        self.view = features.load(self.settings["view"]).view
        self.contract = self.case.contract()
        self.pipeline = models.load(Path(context.artifacts["pipeline"]))

    def predict(
        self,
        context: PythonModelContext | None,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return the id where there is one, the problem's answers, and in `decision` what they mean.

        One row per record, or per row that the case makes of several records. The target is not
        looked at. A record that the case's repairs drop has no answer. `where` in `params` is how
        errors call the records, such as their file's name.
        """
        from caselab.data import contracts

        case = self.case
        asked = model_input.drop(columns=case.target or [], errors="ignore")
        for name in {*case.optional} & {*self.contract.columns} - {*asked}:
            if not self.contract.columns[name].required:  # by which a case tells a question
                asked[name] = None
        left_out = {*case.unasked} & {*self.contract.columns} - {*asked}
        schema = self.contract.remove_columns(sorted(left_out))
        where = (params or {}).get("where", "the records")
        records, _ = case.clean(contracts.check(asked, schema, where).records)
        rows = records
        if case.aggregate is not None:
            known = records.drop_duplicates(list(case.distinct)) if case.distinct else records
            rows = case.aggregate(known.reset_index(drop=True))
        hidden = [name for name in (case.id, case.target, case.official, *case.hidden) if name]
        X = self.view(
            rows.drop(columns=hidden, errors="ignore").reset_index(drop=True),
            **self.settings["options"],
        )
        with threadpoolctl.threadpool_limits(self.settings["threads"]):
            answers = self.problem.answer(self.pipeline, X)
        decided = self.problem.decide(answers, case, self.settings["decision"])
        answers = answers.assign(decision=decided).set_axis(rows.index)
        if case.aggregate is None:
            answers = answers.reindex(range(len(asked))).set_axis(model_input.index)
            rows = model_input
        if case.id in rows:
            answers.insert(0, case.id, rows[case.id])
        return answers


set_model(RawRecords())
