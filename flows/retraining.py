"""`python -m flows.retraining`: make a new candidate of what is known now, and let it meet the gate.

It works in a checkout of its own, on what is committed, as a schedule does; what comes of it is a
commit on the branch caselab/retrain-<case>. Nothing but the gate makes a champion. Knows nothing of
Prefect; flows/retrain.py does.
"""

import argparse
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from caselab import numbers
from caselab import params as parameters
from caselab.errors import UserError, tell
from caselab.params import Params
from caselab.project import places
from caselab.project.locks import sole
from caselab.registry import champions, history
from caselab.registry.history import Event
from caselab.storage.files import mendable
from caselab.tracking import store
from caselab.watching import notices
from flows import checkouts, labelled
from flows.command import Patient, leave, stop_with_caller

SUBJECT = "caselab: {} was retrained"
"""What a notice is headed by."""

NOT_DUE = 3
"""The exit code of a retraining --when-due that was asked for too soon."""


class TooSoonError(UserError):
    """The case was retrained only lately, or its champion is held against another in a trial."""


@dataclass(frozen=True)
class Retrained:
    """What came of a retraining."""

    case: str
    what: Literal["promoted", "kept"]
    """The new candidate, or the champion."""
    version: int
    """The champion's now."""
    sentence: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    console = Patient(highlight=False, soft_wrap=True)

    def say(text: str) -> None:
        console.print(text, markup=False)

    if options.while_stdin:
        threading.Thread(target=stop_with_caller, daemon=True).start()
    try:
        places.enter_root()
        with mendable():
            outcome = carry_out(
                parameters.load(), options.case, options.why, say, anyway=options.anyway
            )
        say(outcome.sentence)
    except UserError as error:
        if options.when_due and isinstance(error, TooSoonError):
            say(str(error))
            return NOT_DUE
        tell(error)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def carry_out(
    params: Params, case: str, why: str, say: Callable[[str], None], *, anyway: bool = False
) -> Retrained:
    """Fetch, run what is stale, tune if params.yaml asks for it, meet the gate, and write it down.

    Raises:
        UserError: there is no champion to be held against, it is too soon, another retraining of the
            case is at work, or a step has failed: then nothing was promoted.
    """
    params.known(case)
    busy = f"Another retraining of {case} is at work; it will say what came of it."
    with sole(places.retraining_lock(case), busy):
        before = champions.present(case)
        _refuse_during_trial(case)
        if not anyway:
            _refuse_haste(params, case)
        told = _candidate(params, case, before, say)
        after = champions.champion(case, surely=True) or before
        promoted = after["version"] != before["version"]
        if promoted:
            checkouts.hold(checkouts.of_retraining(case), f"{case}/{after['version']}")
        sentence = f"{case} was retrained, as {why}: {told}"
        with store.client() as client:
            event = Event(
                what="retrained",
                version=after["version"],
                key=after["key"],
                pipeline=after["pipeline"],
                against=before["version"],
                why=f"{why}: {told}",
            )
            history.add(client, case, event)
            champions.refresh(client, case)
    if params.watching.webhook and (
        failed := notices.send(params.watching.webhook, sentence, {"case": case})
    ):
        say(failed)
    return Retrained(case, "promoted" if promoted else "kept", after["version"], sentence)


def _refuse_during_trial(case: str) -> None:
    """Do no work whose end would be that the gate leaves the champion as it is."""
    if running := history.trial(champions.events(case)):
        raise TooSoonError(
            f"{history.told(case, running)}, and the champion stays until it has ended; end it "
            f"by `caselab trial stop {case}`, then retrain."
        )


def _refuse_haste(params: Params, case: str) -> None:
    times = [event.when for event in champions.events(case) if event.what == "retrained"]
    if not times:
        return
    since = (datetime.now(UTC) - datetime.fromisoformat(times[-1])).total_seconds()
    least = params.retraining.at_most_every
    if since < least:
        raise TooSoonError(
            f"{case} was retrained on {numbers.minute(times[-1])}, and "
            f"retraining.at_most_every in params.yaml is {least:,.0f} seconds; wait "
            f"{numbers.seconds(least - since)}, or add --anyway."
        )


def _candidate(
    params: Params, case: str, champion: dict[str, Any], say: Callable[[str], None]
) -> str:
    """Make a new candidate and let it meet the gate; return in a sentence what came of it.

    Raises:
        UserError: a step has failed.
    """
    name, settings = checkouts.of_retraining(case), params.retraining
    folder = checkouts.refresh(name)

    def run(*arguments: str) -> list[str]:
        code, lines = checkouts.call(arguments, folder, say)
        if code:
            last = next((line for line in reversed(lines) if line.strip()), "no reason given")
            raise UserError(
                f"Retraining {case} failed, and {champion['pipeline']} stays champion: "
                f"{last.removeprefix('caselab: ')}"
            )
        return lines

    source = parameters.load(folder).cases[case].source
    run("flows.run", "--while-stdin", f"fetch@{source}", "--refresh")
    if settings.labelled:
        kept = labelled.put_into(case, folder, say)
        checkouts.keep(folder, f"Record labelled requests of {case}", kept)
    if settings.tune and champion["pipeline"] in parameters.load(folder).pipelines:
        trials = f"--trials={settings.trials}"
        run("flows.tuning", "--while-stdin", champion["pipeline"], trials, "--write")
        checkouts.keep(folder, f"Record tuned settings of {champion['pipeline']}")
    try:
        run("flows.run", "--while-stdin", case, "--no-promote")
        told = run("caselab", "promote", case)
    finally:
        if checkouts.keep(folder, f"Record the retraining of {case}"):
            say(f"To have it here: git merge {checkouts.branch(name)}")
    sentence = next(line for line in reversed(told) if line.startswith(f"{case}: "))
    return sentence.removeprefix(f"{case}: ")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m flows.retraining", description=main.__doc__)
    parser.add_argument("case")
    parser.add_argument("--why", default="it was asked for")
    parser.add_argument("--anyway", action="store_true")
    parser.add_argument("--when-due", action="store_true", help="too soon is no failure")
    parser.add_argument("--while-stdin", action="store_true")
    return parser


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
