"""Decisions of the past on a candidate: whether they leave the gate anything to decide."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caselab.params import Params
from caselab.promotion.candidate import Candidate
from caselab.registry import champions
from caselab.registry.history import Event
from caselab.tracking import store


@dataclass(frozen=True)
class Standing:
    """What a candidate meets: the present champion, the decisions of the past, the gate."""

    champion: Mapping[str, Any] | None
    history: Sequence[Event]
    gate: Mapping[str, Any]

    @property
    def version(self) -> int | None:
        """The champion's."""
        return self.champion["version"] if self.champion else None

    def key(self, candidate: Candidate) -> str:
        """Hash what is compared and by which gate: of equal ones the scores are known."""
        champion = self.champion["key"] if self.champion else None
        content = [candidate.key, champion, dict(self.gate)]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def last_event(self, candidate: Candidate) -> Event | None:
        """Return the last decision on a candidate."""
        decisions = ("promoted", "lost", "rolled back")
        decided = [event for event in self.history if event.what in decisions]
        of_it = [event for event in decided if event.key == candidate.key]
        return of_it[-1] if of_it else None


def remembered(params: Params, case: str) -> Standing | None:
    """Return the standing of a case as files remember it, None where they know of no champion."""
    champion = champions.remembered(case)
    if champion is None:
        return None
    return Standing(champion, [Event(**event) for event in champion["history"]], rules(params))


def asked(params: Params, case: str) -> Standing:
    """Return the standing of a case as the registry has it."""
    with store.client() as client:
        champion = champions.refresh(client, case)
    return Standing(champion, champions.events(case), rules(params))


def rules(params: Params) -> dict[str, Any]:
    """Return the gate as it is kept with a decision."""
    return params.gate.model_dump(mode="json")


def already_decided(candidate: Candidate, standing: Standing) -> str | None:
    """Return in a sentence why there is nothing to decide, None where there is."""
    checks = (_is_champion, _was_rolled_back, _has_lost)
    reasons = (check(candidate, standing) for check in checks)
    return next((reason for reason in reasons if reason), None)


def _is_champion(candidate: Candidate, standing: Standing) -> str | None:
    if standing.champion and standing.champion["key"] == candidate.key:
        of = f"{candidate.case} already (version {standing.version})"
        return f"{candidate.pipeline} is champion of {of}."
    return None


def _was_rolled_back(candidate: Candidate, standing: Standing) -> str | None:
    last = standing.last_event(candidate)
    if last and last.what == "rolled back":
        return (
            f"{candidate.pipeline} (version {last.version}) was rolled back by {last.who} on "
            f"{last.when[:10]}; `caselab promote {candidate.case} --again` scores it once more."
        )
    return None


def _has_lost(candidate: Candidate, standing: Standing) -> str | None:
    """Tell a defeat by the same champion before the same gate."""
    last = standing.last_event(candidate)
    same = last and (last.against, last.gate) == (standing.version, standing.gate)
    if last and same and last.what == "lost":
        return f"{candidate.pipeline} (version {last.version}) has lost already: {last.why}."
    return None
