"""The gate's decision, written where people look for it: the registry, the run, our memory."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.params import Params
from caselab.project import git, places
from caselab.promotion.candidate import Candidate
from caselab.promotion.gate import Decision
from caselab.promotion.prior_decisions import Standing
from caselab.promotion.scoring import Comparison
from caselab.registry import champions, digests, versions
from caselab.registry.history import Event
from caselab.registry.refit import ALL_ROWS, TAG
from caselab.registry.versions import Version
from caselab.tracking import (
    authorship,
    looks_at_test_rows,
    records,
    results,
    run_writer,
    runs,
    store,
)
from caselab.watching import references

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


def record(
    params: Params,
    candidate: Candidate,
    packed: Path,
    decision: Decision,
    comparison: Comparison,
    standing: Standing,
    who: str,
    *,
    refit: bool,
) -> tuple[int, str]:
    """Register the model in `packed`, give the aliases and keep the decision.

    `standing` has the champion that it was held against; `refit` tells that the model was fitted on
    all rows after it was judged. Returns the version's number, and what came of it in a sentence.
    """
    case, pipeline = candidate.case, candidate.pipeline
    tags = _tags(decision, comparison, standing.version, case, who)
    with store.client() as client:
        run = _run(client, params, candidate)
        version = next(
            (
                each
                for each in versions.versions(case)
                if each.key == candidate.key and (not refit or TAG in each.tags)
            ),
            None,
        )
        if version is None:
            model_id, sha256 = _upload(client, run, packed, pipeline)
            made = _made_from(params, candidate) | {digests.TAG: sha256}
            made |= {TAG: ALL_ROWS} if refit else {}
            version = versions.register(client, case, model_id, run.info.run_id, made | tags)
        else:  # decided on once more
            for name, value in tags.items():
                client.set_model_version_tag(case, str(version.number), name, value)
        event = Event(
            what="promoted" if decision.promoted else "lost",
            version=version.number,
            key=candidate.key,
            pipeline=pipeline,
            why=decision.why,
            against=standing.version,
            gate=standing.gate,
            who=who,
        )
        unmade = ""
        if decision.promoted:
            unmade = references.keep_made(version.run_id, case, pipeline)
        champions.give_alias(client, version, event)
        became = "is champion" if decision.promoted else "stays challenger"
        sentence = f"{pipeline} {became} of {case} (version {version.number}): {decision.why}."
        sentence = " ".join(filter(None, (sentence, candidate.preference, unmade)))
        client.update_model_version(case, str(version.number), sentence)
        client.set_tag(run.info.run_id, "caselab.gate", sentence)
        champions.refresh(client, case)
    return version.number, sentence


def crown(client: "MlflowClient", each: Version, promoted: Event, rule: str) -> None:
    """Make a version that is registered already champion, by an event, and write that on it."""
    champions.give_alias(client, each, promoted)
    tags = {
        "caselab.decision": "promoted",
        "caselab.rule": rule,
        "caselab.why": promoted.why,
        "caselab.who": promoted.who,
        "caselab.when": promoted.when,
        "caselab.against": str(promoted.against),
    }
    for name, value in tags.items():
        client.set_model_version_tag(each.case, str(each.number), name, value)
    sentence = (
        f"{each.pipeline} is champion of {each.case} (version {each.number}): {promoted.why}."
    )
    client.update_model_version(each.case, str(each.number), sentence)


def _tags(
    decision: Decision, comparison: Comparison, against: int | None, case: str, who: str
) -> dict[str, str]:
    scores = comparison.as_dict()
    return {
        "caselab.decision": "promoted" if decision.promoted else "lost",
        "caselab.rule": decision.rule,
        "caselab.why": decision.why,
        "caselab.who": who,
        "caselab.when": authorship.now(),
        "caselab.against": "" if against is None else str(against),
        "caselab.metric": comparison.metric,
        "caselab.score": json.dumps(scores["candidate"]),
        "caselab.scores": json.dumps(scores),
        "caselab.test_looks": str(looks_at_test_rows.count(case)),
    }


def _made_from(params: Params, candidate: Candidate) -> dict[str, str]:
    """Return what a version can be made again from."""
    hashes = candidate.train.inputs | candidate.train.outputs | candidate.evaluate.inputs
    described = records.tags(params, candidate.pipeline, "train", candidate.run, hashes)
    kept = {name: value for name, value in described.items() if not name.startswith("mlflow.")}
    origins = results.pretrained(places.model(candidate.case, candidate.pipeline))
    kept |= {f"caselab.pretrained.{name}": value for name, value in origins.items()}
    return kept | {
        "caselab.candidate": candidate.key,
        "caselab.git_commit": git.commit() or "",
    }


def _run(client: "MlflowClient", params: Params, candidate: Candidate) -> "Run":
    """Return the candidate's run, written from its files where the store has none."""
    home = run_writer.experiment(client, candidate.case)
    if (found := run_writer.find(client, home, candidate.run)) is None:
        for stage, entry in (("train", candidate.train), ("evaluate", candidate.evaluate)):
            runs.publish(params, candidate.pipeline, candidate.run, entry.inputs, stage=stage)
        found = run_writer.find(client, home, candidate.run)
    if found is None:
        raise store.StoreError(f"MLflow's store lost the run of {candidate.pipeline}; try again.")
    return found


def _upload(client: "MlflowClient", run: "Run", folder: Path, name: str) -> tuple[str, str]:
    """Bring a saved model to the store, as an output of its run; return its id and digest."""
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model

    logged = client.create_logged_model(
        run.info.experiment_id, name, run.info.run_id, params=run.data.params
    )
    saved = Model.load(str(folder))
    saved.model_id = saved.model_uuid = logged.model_id
    saved.run_id, saved.artifact_path = run.info.run_id, logged.artifact_location
    saved.save(str(folder / "MLmodel"))
    sha256 = digests.keep(folder)
    client.log_model_artifacts(logged.model_id, str(folder))
    client.finalize_logged_model(logged.model_id, "READY")
    client.log_outputs(run.info.run_id, [LoggedModelOutput(logged.model_id, 0)])
    return str(logged.model_id), sha256
