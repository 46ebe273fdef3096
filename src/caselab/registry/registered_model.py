"""The registered model: raw records in, answers and decisions out.

It runs in a process where the model's own copy of caselab is the only one: an old model runs its
own code.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import threadpoolctl


class RawRecords:
    """Check, repair and show raw records as training did; then ask the pipeline, and decide."""

    def load(self, artifacts: Path) -> None:
        """Load the pipeline, and all that its settings name, from the folder they lie in."""
        from caselab import cases, features, problems
        from caselab.data.contracts import Contract
        from caselab.storage import models

        lineage = artifacts / "lineage"
        self.settings = json.loads((lineage / "pipeline.json").read_text(encoding="utf-8"))
        self.case = cases.load(self.settings["case"])
        self.problem = problems.load(self.settings["problem"])
        view = features.load(self.settings["view"]).view
        self.view = partial(view, **self.settings["options"])
        options = self.settings["options"]
        self.needed = [options[word] for word in ("order", "group") if options.get(word)]
        self.contract = Contract(self.case.contract())
        self.examples = lineage / "examples.parquet"
        self.judged, all_rows = artifacts / self.settings["pipeline"], artifacts / "all_rows"
        self.pipeline = models.load(all_rows if all_rows.exists() else self.judged)
        self.threads = threadpoolctl.ThreadpoolController()  # which looks for libraries only once

    def predict(
        self, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Return the id where there is one, the problem's answers, in `decision` what they mean, notes.

        One row per record, or per row that the case makes of several records. The target is not
        looked at. `notes` says what was odd about a record, and why one that cannot be understood
        has no answer. Of `params`, `strict` refuses all where there is any such, `where` is how
        errors call the records, such as their file's name, and `as_judged` asks the pipeline that
        the gate judged, which had seen no test row, where another answers otherwise. `options` are
        those of the kind of problem; where they are given, be it as {}, a user is answered, and not
        the gate: what is written for users is written. `requests` are the numbers of records of
        several questions that stand one behind the other: each is answered as it is alone.

        Raises:
            UserError: the records break the contract and that is refused, or none can be read of those
                that only together make a row.
        """
        from caselab.data import raw_records
        from caselab.data.notes import NO_ANSWER
        from caselab.errors import UserError
        from caselab.registry import answers as answered
        from caselab.storage import models

        params = dict(params or {})
        if requests := params.pop("requests", None):
            return self._of_requests(model_input, requests, params)
        strict = params.get("strict", False)
        found = raw_records.rows(
            model_input,
            self.case,
            self.view,
            params.get("where", "the records"),
            self.contract,
            needed=self.needed,
            strict=strict,
        )
        if found.X is None and self.case.aggregate is not None and len(model_input):
            told = next(filter(None, found.notes.column()), "none is left")
            raise UserError(
                f"Of {params.get('where', 'the records')} none can be read, so that nothing follows "
                f"from them: {told.removeprefix(NO_ANSWER)}; mend them."
            )
        pipeline = models.load(self.judged) if params.get("as_judged") else self.pipeline
        ask = partial(self._answers, pipeline, params.get("options"))
        with self.threads.limit(limits=self.settings["threads"]):
            if found.X is not None:
                remarks = answered.remarks(pipeline, found, self.case)
                answers, found = answered.of_rows(ask, found, self.case, strict=strict)
                found.notes.add(remarks)
            if found.X is None:  # of no rows: those to an example, without its rows
                answers = self._decided(ask(self._example(model_input))).head(0)
            else:
                answers = self._decided(answers)
        return answered.beside(model_input, answers, found, self.case)

    def _of_requests(
        self, records: pd.DataFrame, requests: list[int], params: dict[str, Any]
    ) -> pd.DataFrame:
        """Answer requests at once, each to the last bit as it would be alone.

        Contract, view and transformers go over all of them; the estimator, which may round by the
        number of its rows, is asked request by request. Where anything is odd, all is.
        """
        ends = [sum(requests[: number + 1]) for number in range(len(requests))]
        parts = [slice(end - count, end) for end, count in zip(ends, requests, strict=True)]
        if (answers := self._at_once(records, parts, params)) is not None:
            return answers
        each = [self.predict(records.iloc[part].reset_index(drop=True), params) for part in parts]
        return pd.concat(each, ignore_index=True)

    def _at_once(
        self, records: pd.DataFrame, parts: list[slice], params: dict[str, Any]
    ) -> pd.DataFrame | None:
        from caselab.data import raw_records
        from caselab.registry import answers as answered

        if params.get("strict") or self.problem.ask is not None or self.case.aggregate is not None:
            return None
        found = raw_records.rows(
            records, self.case, self.view, contract=self.contract, needed=self.needed
        )
        if len(found.of) != len(records) or any(found.notes.column()):
            return None
        options = params.get("options")
        with self.threads.limit(limits=self.settings["threads"]):
            X = self._known(self.pipeline, found.X)
            found.notes.add(answered.remarks(self.pipeline, found, self.case))
            X = self.pipeline[:-1].transform(X) if len(self.pipeline) > 1 else X
            rows = X.iloc if isinstance(X, pd.DataFrame) else X
            answers = [self._answers(self.pipeline[-1], options, rows[part]) for part in parts]
            decided = self._decided(pd.concat(answers, ignore_index=True))
        return answered.beside(records, decided, found, self.case)

    def _known(self, pipeline: Any, X: Any) -> Any:
        """Return what a pipeline was fitted on: gaps may have made a view show more."""
        if isinstance(X, pd.DataFrame) and hasattr(pipeline, "feature_names_in_"):
            return X[[*pipeline.feature_names_in_]]
        return X

    def _answers(self, pipeline: Any, options: dict[str, Any] | None, X: Any) -> pd.DataFrame:
        X = self._known(pipeline, X)
        if options is None:
            return self.problem.answer(pipeline, X)
        return self.problem.asked(pipeline, X, options)

    def _decided(self, answers: pd.DataFrame) -> pd.DataFrame:
        """Add what follows from how the gate's rows were decided."""
        decision = self.settings["decision"]
        decided = self.problem.decide(answers, self.case, decision)
        return self.problem.completed(answers, decision).assign(decision=decided)

    def _example(self, asked: pd.DataFrame) -> Any:
        """Return what a pipeline sees of known records, with no more columns than are asked with."""
        from caselab.data import raw_records

        known = pd.read_parquet(self.examples)
        columns = [name for name in known if name in asked or name not in self.case.unasked]
        return raw_records.rows(known[columns], self.case, self.view, contract=self.contract).X
