"""One candidate's trial: packed as it will be registered, asked, and judged beside the champion."""

import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from caselab.errors import UserError
from caselab.params import Params
from caselab.tracking import git, looks, packaging, registry, store, verdicts
from caselab.tracking.contest import Entry, TestRows
from caselab.tracking.gate import judge
from caselab.tracking.promotion import Candidate, Outcome, settled
from caselab.tracking.scoring import ModelError, Worker

EXAMPLES = 100
"""Raw records from which the model's signature is read."""

KEPT = ("dvc.lock", "params.yaml", "constraints.txt")
"""Files of the project that stay with a version."""


def hold(params: Params, candidate: Candidate, who: str, *, again: bool = False) -> Outcome:
    """Score candidate and champion on the same test rows, let the gate decide, and record it.

    Each answers in a clean process of its own, with the code it was registered with.

    Raises:
        UserError: the champion cannot answer here, or records of test rows are missing.
    """
    case, pipeline = candidate.case, candidate.pipeline
    package = packaging.describe(params, pipeline, _lineage())
    with ExitStack() as stack:
        worker = stack.enter_context(Worker(package.code.at_once))  # it imports meanwhile
        rival = stack.enter_context(Worker()) if registry.remembered(case) else None
        with store.client() as client:
            present = registry.refresh(client, case)
        if not again and (reason := settled(params, candidate, present, registry.events(case))):
            version = present["version"] if present else None
            return Outcome(case, pipeline, "unchanged", reason, version)
        rows = TestRows(params, case)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()), "model")
        packaging.save(package, rows.examples(EXAMPLES), folder)
        worker.ask(folder, rows.records)
        if present:
            rival = rival or stack.enter_context(Worker())
            rival.ask(registry.place(present), rows.records)
        answers, modules = worker.answers()
        packaging.require(folder, modules & package.code.foreign)
        entry = rows.entry(answers, package.settings["decision"])
        champion = _champion(rival, present, rows) if rival and present else None
        looks.record(case, f"promote {pipeline}", candidate.key)

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
        return verdicts.write(params, candidate, folder, verdict, scores, present, who)


def _champion(worker: Worker, present: dict[str, Any], rows: TestRows) -> Entry:
    try:
        answers, _ = worker.answers()
    except (ModelError, UserError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise UserError(
            f"Version {present['version']} of {present['case']}, the champion, cannot be scored "
            f"here ({reason}); install the packages of {registry.place(present)}/requirements.txt, "
            "or give the alias `champion` to another version in MLflow's page."
        ) from error
    decision = packaging.settings_of(registry.place(present))["decision"]
    return rows.entry(answers, decision)


def _lineage() -> dict[str, str]:
    """Return the texts that stay with a version: how it was made, and what git does not know."""
    texts = {name: Path(name).read_text(encoding="utf-8") for name in KEPT if Path(name).exists()}
    if changed := git.difference():
        texts["uncommitted.patch"] = changed
    return texts
