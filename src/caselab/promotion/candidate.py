"""The candidate: the pipeline that a case's leaderboard chose, and whether it may be promoted."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caselab.errors import UserError
from caselab.imports import lists
from caselab.params import Params, origins
from caselab.project import addresses, dvc_lock, git, leaderboards, places
from caselab.project.dvc_lock import LockedStage
from caselab.project.keeping import keeping
from caselab.tracking import results

ALLOW_DIRTY = "promote with --allow-dirty, which keeps the difference with the version"


@dataclass(frozen=True)
class Candidate:
    """The pipeline that the leaderboard chose, as dvc.lock records it."""

    case: str
    pipeline: str
    train: LockedStage
    evaluate: LockedStage
    decision: Mapping[str, Any]
    """How its answers become decisions."""
    preference: str = ""
    """Why it is the candidate and not the first of the leaderboard, in a sentence; empty if it is."""

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
        model = places.model(self.case, self.pipeline).as_posix()
        rows = (places.report(self.case, self.pipeline) / "rows").as_posix()
        made = {path: digest for path, digest in self.train.outputs.items() if path == model}
        content = [made, self.evaluate.outputs.get(rows), dict(self.decision)]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def chosen(params: Params, case: str) -> Candidate:
    """Return the candidate of a case.

    Raises:
        UserError: the case has no leaderboard, or one of another params.yaml or dvc.lock.
    """
    board = leaderboards.read(case)
    if board is None:
        raise UserError(f"The case {case} has no leaderboard yet; run `caselab run {case}`.")
    pipeline = board.get("candidate")
    if pipeline not in params.pipelines:
        raise UserError(
            f"{places.leaderboard(case)} names {pipeline}, which is not in params.yaml; "
            f"run `caselab run {case}`."
        )
    train, evaluate = (
        dvc_lock.stage(addresses.leaving(part, pipeline)) for part in ("train", "evaluate")
    )
    decision = results.decision(places.report(case, pipeline))
    return Candidate(
        case, pipeline, train, evaluate, decision, preference=leaderboards.preference(board)
    )


def require_up_to_date(candidate: Candidate) -> None:
    """Refuse a model that is not what code and params.yaml would make now."""
    train, evaluate = candidate.train, candidate.evaluate
    code = _code(train.inputs | evaluate.inputs)
    stale = dvc_lock.differing(code | train.outputs)
    if train is not evaluate:
        made = train.outputs.items()
        stale += [path for path, digest in made if evaluate.inputs.get(path) != digest]
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


def require_repeatable(params: Params, candidate: Candidate) -> None:
    """Refuse a model that nobody could make again: of code, or of data, that nobody else can have.

    What a query gave is known by its hash in dvc.lock and lies in DVC's cache, since the database
    will not give it again; so of a query its text must be kept, and of a file its content.
    """
    changed = _changed_code()
    source = params.cases[candidate.case].source
    origin = params.sources[source].origin
    lack = mend = ""
    if origins.reader(origin) is not None:  # else a module of sources/, which is code
        kept = keeping(Path(origin), dvc_lock.stage(f"fetch@{source}").inputs.get(origin))
        lack, mend = kept.lack, kept.mend
    if changed and lack:  # both at once, or the second would come as a surprise
        mend = f"{mend}, and commit the rest"
        raise UserError(f"{changed}, and {lack}; {mend}, or {ALLOW_DIRTY}.")
    if changed:
        raise UserError(f"{changed}; commit first, or {ALLOW_DIRTY}.")
    if lack:
        raise UserError(
            f"{lack}, so nobody could make this model again; {mend}, or promote with --allow-dirty."
        )


def _changed_code() -> str:
    """Return which code nobody could make the model from again, in one clause; empty if none.

    Raises:
        UserError: the project is not under git.
    """
    if git.commit() is None:
        raise UserError(
            "The project is not under git, so a champion could never be made again; "
            "run `git init` and commit, or promote with --allow-dirty."
        )
    changed = git.uncommitted()
    if not changed:
        return ""
    more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
    differ = "differ" if len(changed) > 1 else "differs"
    return f"{', '.join(changed[:3])}{more} {differ} from the commit"
