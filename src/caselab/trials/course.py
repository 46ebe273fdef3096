"""The course of a trial: how it starts, and how it ends with the champion that was or with another.

It is told in the registry's history, from which servers take it over; of a case one runs at a time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from caselab import numbers
from caselab.errors import UserError
from caselab.evaluation.comparison import Gain
from caselab.params import Params
from caselab.project import places
from caselab.project.locks import exclusive
from caselab.promotion import gate, prior_decisions, recording
from caselab.promotion.gate import Decision
from caselab.registry import champions, digests, history, versions
from caselab.registry.history import Event
from caselab.registry.versions import Version
from caselab.tracking import authorship, store
from caselab.trials import standing
from caselab.trials.standing import Standing
from caselab.watching import references


@dataclass(frozen=True)
class Stopped:
    """What came of a trial."""

    version: int
    pipeline: str
    promoted: bool
    sentence: str


def start(case: str, which: str, share: float) -> Event:
    """Let a registered version answer a `share` of the ids; with 0 it is asked in the shadow.

    Raises:
        UserError: there is no such version, it is champion itself or not what was registered, there
            is no champion, or another trial runs.
    """
    with exclusive(places.promotion_lock(case)), store.client() as client:
        champion = champions.present(case)
        each = versions.version(case, which)
        if each.number == champion["version"]:
            raise UserError(
                f"Version {each.number} is the champion of {case} itself; try another version."
            )
        if running := history.trial(champions.events(case)):
            raise UserError(
                f"{history.told(case, running)}; end it first, by `caselab trial stop {case}`."
            )
        digests.checked(each)  # or the server could not load it
        how = "in the shadow" if share == 0 else f"for {numbers.percent(share)} of the ids"
        event = _event(each, champion, "trial started", f"{how}, against {_named(champion)}", share)
        history.add(client, case, event)
        champions.refresh(client, case)
    return event


def stop(params: Params, case: str, *, promote: bool = False) -> Stopped:
    """End the trial that runs; with `promote` the gate decides by it, and it goes on if that refuses.

    Raises:
        UserError: no trial runs, or the gate does not let its version become champion.
    """
    with exclusive(places.promotion_lock(case)), store.client() as client:
        champion = champions.present(case)
        running = history.trial(champions.events(case))
        if running is None:
            raise standing.none_runs(case)
        stands, verdict = _stands(params, case, surely=promote)
        decision = None
        if promote and stands:
            each = versions.version(case, running.version)
            decision = _decided(params, stands, each)
        if decision and not decision.promoted:
            raise UserError(
                f"Version {running.version} of {case} does not become champion: {decision.why}. Its "
                "trial goes on; wait for more labels, or end it without --promote."
            )
        ended = replace(
            running,
            what="trial stopped",
            why=verdict,
            share=None,
            who=authorship.user(),
            when=authorship.now(),
        )
        if decision:
            rules = prior_decisions.rules(params)
            crowned = _event(each, champion, "promoted", decision.why, rules=rules)
            # First, or after a kill the gate would let the other win by its test rows again.
            history.add(client, case, _beaten(champion, crowned))
            recording.crown(client, each, crowned, decision.rule)
        # Last: a kill before the promotion leaves a trial that can be ended again.
        history.add(client, case, ended)
        found = champions.refresh(client, case)
        if decision and found:
            with suppress(UserError):  # what it learned from is elsewhere; `caselab watch` says so
                references.keep(each.run_id, references.of_champion(found))
    became = "is champion" if decision else "is no longer on trial"
    sentence = f"{running.pipeline} (version {running.version}) {became} of {case}: "
    sentence += decision.why if decision else verdict
    return Stopped(running.version, running.pipeline, decision is not None, f"{sentence}.")


def _stands(params: Params, case: str, *, surely: bool) -> tuple[Standing | None, str]:
    """Return how a trial stands, and its verdict; a trial that is only to end needs to know neither.

    Raises:
        UserError: it cannot be told, and must `surely` be.
    """
    try:
        stands = standing.of(params, case)
    except UserError as error:
        if surely:
            raise
        return None, f"nobody knows how it stood: {str(error).removesuffix('.')}"
    return stands, stands.verdict


def _decided(params: Params, stands: Standing, each: Version) -> Decision:
    """Hold the gain in production against the gate, in the place of that on the test rows."""
    if stands.gain is None:
        return Decision(False, params.gate.rule, stands.verdict)
    scores: dict[str, Any] = json.loads(each.tags.get("caselab.scores", "{}"))
    over = scores.get("over baseline") or {"value": float("nan")}
    undefined = {"low": float("nan"), "high": float("nan")}
    champion = stands.champion.pipeline
    found = gate.decide(
        params.gate,
        Gain(**(undefined | over)),
        stands.gain,
        champion=champion,
        retrained=champion == each.pipeline and each.number > stands.champion.version,
        rows=stands.labelled,
    )
    where = f"in a trial with {numbers.counted(stands.labelled, 'labelled record')}"
    return Decision(found.promoted, found.rule, f"{found.why}, {where}")


def _beaten(champion: Mapping[str, Any], by: Event) -> Event:
    """Return that a champion has lost to the version that was on trial."""
    return Event(
        what="lost",
        version=champion["version"],
        key=champion["key"],
        pipeline=champion["pipeline"],
        why=f"to version {by.version} ({by.pipeline}), whose {by.why}",
        against=by.version,
        gate=by.gate,
    )


def _event(
    each: Version,
    champion: Mapping[str, Any],
    what: history.What,
    why: str,
    share: float | None = None,
    rules: Mapping[str, Any] | None = None,
) -> Event:
    return Event(
        what=what,
        version=each.number,
        key=each.key,
        pipeline=each.pipeline,
        why=why,
        against=champion["version"],
        gate=rules or {},
        share=share,
        who=authorship.user(),
    )


def _named(champion: Mapping[str, Any]) -> str:
    return f"version {champion['version']} ({champion['pipeline']})"
