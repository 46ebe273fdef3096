"""One candidate's trial: packed as it will be registered, asked, and judged beside the champion."""

import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from caselab.errors import UserError
from caselab.params import Params
from caselab.promotion import decision
from caselab.promotion.gate import judge
from caselab.promotion.promote import Candidate, Outcome, settled
from caselab.promotion.scoring import Entry, TestRows
from caselab.registry import champions, lineage, packaging
from caselab.registry.model_process import ModelError, Worker
from caselab.tracking import looks_at_test_rows, store

EXAMPLES = 100
"""Raw records from which the model's signature is read."""


def hold(params: Params, candidate: Candidate, who: str, *, again: bool = False) -> Outcome:
    """Score candidate and champion on the same test rows, let the gate decide, and record it.

    Each answers in a clean process of its own, with the code it was registered with.

    Raises:
        UserError: the champion cannot answer here, or records of test rows are missing.
    """
    case, pipeline = candidate.case, candidate.pipeline
    package = packaging.describe(params, pipeline, lineage.texts())
    with ExitStack() as stack:
        worker = stack.enter_context(Worker(package.code.at_once))  # it imports meanwhile
        rival = stack.enter_context(Worker()) if champions.remembered(case) else None
        with store.client() as client:
            present = champions.refresh(client, case)
        if not again and (reason := settled(params, candidate, present, champions.events(case))):
            version = present["version"] if present else None
            return Outcome(case, pipeline, "unchanged", reason, version)
        rows = TestRows(params, case)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()), "model")
        packaging.save(package, rows.examples(EXAMPLES), folder)
        worker.ask(folder, rows.records)
        if present:
            rival = rival or stack.enter_context(Worker())
            rival.ask(champions.place(present), rows.records)
        answers, modules = worker.answers()
        packaging.require(folder, modules & package.code.foreign)
        entry = rows.entry(answers, package.settings["decision"])
        champion = _champion(rival, present, rows) if rival and present else None
        looks_at_test_rows.record(case, f"promote {pipeline}", candidate.key)

        baseline = rows.baseline(params.pipelines[pipeline].view)
        over_baseline = rows.gain(entry, baseline)
        over_champion = rows.gain(entry, champion) if champion else None
        verdict = judge(
            params.gate,
            over_baseline,
            over_champion,
            rival=present["pipeline"] if present else None,
            retrained=bool(present and present["pipeline"] == pipeline),
        )
        scores = {
            "metric": rows.metric.name,
            "candidate": asdict(rows.score(entry)),
            "champion": asdict(rows.score(champion)) if champion else None,
            "baseline": asdict(rows.score(baseline)),
            "over champion": asdict(over_champion) if over_champion else None,
            "over baseline": asdict(over_baseline),
        }
        return decision.write(params, candidate, folder, verdict, scores, present, who)


def _champion(worker: Worker, present: dict[str, Any], rows: TestRows) -> Entry:
    try:
        answers, _ = worker.answers()
    except (ModelError, UserError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise UserError(
            f"Version {present['version']} of {present['case']}, the champion, cannot be scored "
            f"here ({reason}); install the packages of {champions.place(present)}/requirements.txt, "
            "or give the alias `champion` to another version in MLflow's page."
        ) from error
    decision = packaging.settings_of(champions.place(present))["decision"]
    return rows.entry(answers, decision)
