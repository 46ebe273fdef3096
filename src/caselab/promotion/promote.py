"""The gate: make a case's best pipeline champion if it earns it, and write down what was decided.

A registry is no file, so promotion is no stage of DVC: it is the flow's last step and `caselab
promote`. Doing it twice does nothing, and costs nothing: only files are read then.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from caselab.errors import UserError
from caselab.imports import lists
from caselab.params import Params
from caselab.project import dvc_lock, git, places
from caselab.project.locks import only_one
from caselab.registry import champions
from caselab.registry.history import Event, What
from caselab.tracking import authorship, results, store


@dataclass(frozen=True)
class Outcome:
    """What came of a promotion."""

    case: str
    pipeline: str
    """The candidate."""
    verdict: Literal["unchanged"] | What
    reason: str
    """One sentence."""
    version: int | None = None
    scores: dict[str, Any] | None = None
    """Of candidate, champion and baseline on the test rows, with the candidate's gains."""


@dataclass(frozen=True)
class Candidate:
    """The pipeline that the leaderboard chose, as dvc.lock records it."""

    case: str
    pipeline: str
    train: dvc_lock.Entry
    evaluate: dvc_lock.Entry
    decision: Mapping[str, Any]
    """How its answers become decisions."""

    @property
    def run(self) -> str:
        """The key of its run in MLflow: its train stage's."""
        return self.train.key

    @property
    def key(self) -> str:
        """Hash the model, its answers to the test rows and its decision.

        What was made anew and came out equal is the same candidate, and what decides otherwise is
        another, though the model be the same.
        """
        rows = (places.report(self.case, self.pipeline) / "rows").as_posix()
        content = [self.train.outputs, self.evaluate.outputs.get(rows), dict(self.decision)]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def promote(
    params: Params,
    case: str,
    *,
    allow_dirty: bool = False,
    again: bool = False,
    who: str | None = None,
) -> Outcome:
    """Register the candidate, score it beside champion and baseline, and let the gate decide.

    A candidate that the gate has judged before, or that was rolled back, is judged only `again`.
    `allow_dirty` registers uncommitted code too, and keeps its difference from the commit.

    Raises:
        UserError: there is no candidate, it is out of date, code is not committed, tracking is off,
            or the store cannot be reached.
    """
    candidate = _candidate(params, case)
    present = champions.remembered(case)
    if present and not again:
        told = [Event(**event) for event in present["history"]]
        if reason := settled(params, candidate, present, told):
            return Outcome(case, candidate.pipeline, "unchanged", reason, present["version"])
    if store.is_off():
        raise UserError("Nothing is promoted with CASELAB_TRACKING=off; unset it.")
    _check_fresh(candidate)
    _check_committed(allow_dirty)

    from caselab.promotion import competitors  # scikit-learn and more, which take seconds

    with only_one(places.promotion_lock(case)):
        return competitors.hold(params, candidate, who or authorship.user(), again=again)


def _candidate(params: Params, case: str) -> Candidate:
    board = places.leaderboard(case) / "leaderboard.json"
    if not board.exists():
        raise UserError(f"The case {case} has no leaderboard yet; run `caselab run {case}`.")
    try:
        pipeline = json.loads(board.read_text(encoding="utf-8"))["candidate"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{board} cannot be read; run `caselab run {case}`.") from error
    if pipeline not in params.pipelines:
        raise UserError(
            f"{board} names {pipeline}, which is not in params.yaml; run `caselab run {case}`."
        )
    train, evaluate = (dvc_lock.entry(f"{verb}@{pipeline}") for verb in ("train", "evaluate"))
    decision = results.decision(places.report(case, pipeline))
    return Candidate(case, pipeline, train, evaluate, decision)


def settled(
    params: Params, candidate: Candidate, present: dict[str, Any] | None, told: list[Event]
) -> str | None:
    """Return why there is nothing to decide, None where there is."""
    champion = present["version"] if present else None
    if present and present["key"] == candidate.key:
        return f"{candidate.pipeline} is champion of {candidate.case} already (version {champion})."
    last = next((event for event in reversed(told) if event.key == candidate.key), None)
    if last is None:
        return None
    if last.what == "rolled back":
        return (
            f"{candidate.pipeline} (version {last.version}) was rolled back by {last.who} on "
            f"{last.when[:10]}; `caselab promote {candidate.case} --again` judges it once more."
        )
    if last.what == "lost" and last.against == champion and last.gate == rules(params):
        return f"{candidate.pipeline} (version {last.version}) has lost already: {last.why}."
    return None


def rules(params: Params) -> dict[str, Any]:
    """Return the gate as it is kept with a decision."""
    return params.gate.model_dump(mode="json")


def _check_fresh(candidate: Candidate) -> None:
    """Refuse a model that is not what code and params.yaml would make now."""
    train, evaluate = candidate.train, candidate.evaluate
    code = _code(train.inputs | evaluate.inputs)
    stale = dvc_lock.differing(code | train.outputs)
    stale += [path for path, digest in train.outputs.items() if evaluate.inputs.get(path) != digest]
    stale += train.differing_values() + evaluate.differing_values()
    if stale:
        raise UserError(
            f"{candidate.pipeline} is out of date: {', '.join(stale[:3])} changed since it was "
            f"made; run `caselab run {candidate.case}` first."
        )


def _code(inputs: Mapping[str, str]) -> dict[str, str]:
    """Return the lists of code among the inputs, and what they name, by hash as it was then."""
    kept = {path: h for path, h in inputs.items() if places.imports() in Path(path).parents}
    code: dict[str, str] = {}
    for path in kept.keys() - dvc_lock.differing(kept):  # a list that is another now tells no more
        code |= lists.read(Path(path).read_text(encoding="utf-8"))
    return kept | dict(sorted(code.items()))


def _check_committed(allow_dirty: bool) -> None:
    """Refuse what nobody could make again."""
    if allow_dirty:
        return
    if git.commit() is None:
        raise UserError(
            "The project is not under git, so a champion could never be made again; "
            "run `git init` and commit, or promote with --allow-dirty."
        )
    if changed := git.uncommitted():
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        raise UserError(
            f"{', '.join(changed[:3])}{more} "
            f"{'differ' if len(changed) > 1 else 'differs'} from the commit; commit first, "
            "or promote with --allow-dirty, which keeps the difference with the version."
        )
