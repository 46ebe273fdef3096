"""Promotion: make a case's candidate champion if the gate lets it, and write down the decision.

A registry is no file, so promotion is no stage of DVC: it is the flow's last step and `caselab
promote`. Doing it twice does nothing, and costs nothing: only files are read then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from caselab.errors import UserError
from caselab.params import Params
from caselab.project import places
from caselab.project.locks import exclusive
from caselab.promotion import candidate as candidates
from caselab.promotion import prior_decisions
from caselab.promotion.candidate import Candidate
from caselab.promotion.prior_decisions import Standing, already_decided
from caselab.registry import history
from caselab.registry.history import What
from caselab.tracking import authorship, looks_at_test_rows, store


@dataclass(frozen=True)
class Outcome:
    """What came of a promotion."""

    case: str
    pipeline: str
    """The candidate."""
    what: Literal["unchanged"] | What
    reason: str
    """One sentence."""
    version: int | None = None
    scores: Mapping[str, Any] | None = None
    """Of candidate, champion and baseline on the test rows, with the candidate's gains."""


def promote(
    params: Params,
    case: str,
    *,
    allow_dirty: bool = False,
    again: bool = False,
    who: str | None = None,
) -> Outcome:
    """Register the candidate, score it beside champion and baseline, and let the gate decide.

    A candidate that the gate has decided on before, or that was rolled back, is scored only
    `again`. `allow_dirty` registers also what was made of uncommitted code, whose difference from
    the commit is kept, or of data that nobody keeps.

    Raises:
        UserError: there is no candidate, it is out of date, nobody could make it again, tracking is
            off, or the store cannot be reached.
    """
    candidate = candidates.chosen(params, case)
    standing = prior_decisions.remembered(params, case)
    if standing and not again and (reason := already_decided(candidate, standing)):
        return _unchanged(candidate, standing, reason)
    if store.is_off():
        raise UserError("Nothing is promoted with CASELAB_TRACKING=off; unset it.")
    candidates.require_up_to_date(candidate)
    if not allow_dirty:
        candidates.require_repeatable(params, candidate)
    with exclusive(places.promotion_lock(case)):
        return _compete(params, candidate, who or authorship.user(), again)


def _compete(params: Params, candidate: Candidate, who: str, again: bool) -> Outcome:
    """Score candidate, champion and baseline on the same test rows, decide, and record it."""
    from caselab.promotion import gate, recording  # scikit-learn and more, which take seconds
    from caselab.promotion.competitors import Competitors
    from caselab.promotion.scoring import TestRows

    case, pipeline = candidate.case, candidate.pipeline
    with Competitors(params, candidate) as competitors:  # they import what they need meanwhile
        standing = prior_decisions.asked(params, case)
        if not again and (reason := already_decided(candidate, standing)):
            return _unchanged(candidate, standing, reason)
        _refuse_during_trial(case, standing)
        rows = TestRows(params, case)
        answers, champions_answers = competitors.answer(rows, standing.champion)
        looks_at_test_rows.record(case, f"promote {pipeline}", standing.key(candidate))
        comparison = rows.compare(answers, champions_answers, params.pipelines[pipeline].view)
        champion = standing.champion["pipeline"] if standing.champion else None
        decided = gate.decide(
            params.gate,
            comparison.over_baseline,
            comparison.over_champion,
            champion=champion,
            retrained=champion == pipeline,
            rows=len(rows.rows),
        )
        refit = decided.promoted and rows.problem.refit_champion
        if refit:
            competitors.refit_candidate()
        version, sentence = recording.record(
            params, candidate, competitors.packed, decided, comparison, standing, who, refit=refit
        )
    what: What = "promoted" if decided.promoted else "lost"
    return Outcome(case, pipeline, what, sentence, version, comparison.as_dict())


def _refuse_during_trial(case: str, standing: Standing) -> None:
    """Let nobody change the champion that a trial is held against."""
    if running := history.trial(standing.history):
        raise UserError(
            f"{history.told(case, running)}, so its champion is not changed; end it first, by "
            f"`caselab trial stop {case}`."
        )


def _unchanged(candidate: Candidate, standing: Standing, reason: str) -> Outcome:
    return Outcome(candidate.case, candidate.pipeline, "unchanged", reason, standing.version)
