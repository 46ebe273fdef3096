"""What a run ends with: what failed and where to look, how to go on, what is worth committing."""

import subprocess
from collections import Counter

from caselab.project import git, places
from caselab.registry import champions
from caselab.tracking import store
from flows.plan import Plan
from flows.progress import clock
from flows.scheduling import Ending

SHOWN = 5
"""How many of the stages that a failure kept from running are named."""

COMMITTABLE = ("dvc.lock", *git.CODE)


def lines(
    plan: Plan, endings: dict[str, Ending], promotions: dict[str, str], stopped: bool
) -> list[str]:
    """Return the last words: what went wrong, what came of it, what to do next."""
    words = [*_failures(plan, endings), *promotions.values()]
    undone = [a for a, e in endings.items() if e.outcome in {"failed", "skipped", "stopped"}]
    if stopped:
        words.append(f"Stopped with {len(undone)} stages to do; what was finished is recorded.")
    words += _waiting()
    if undone:
        return [*words, f"Go on with: {plan.request.command()}"]
    return words + _worth_committing(plan)


def count(endings: dict[str, Ending], seconds: float) -> str:
    """Say how many stages ended how: `18 done, 2 unchanged in 1:05 min`."""
    outcomes = Counter(ending.outcome for ending in endings.values())
    return ", ".join(f"{n} {how}" for how, n in outcomes.items()) + f" in {clock(seconds)}"


def exit_code(endings: dict[str, Ending], stopped: bool) -> int:
    """Return 0, or 130 after Ctrl-C, 2 where all failures are the user's to mend, else 1."""
    failures = [ending for ending in endings.values() if ending.outcome == "failed"]
    if stopped:
        return 130
    if not failures:
        return 0
    return 2 if all(ending.users for ending in failures) else 1


def without_champion(plan: Plan) -> list[str]:
    """Return the selected cases that were compared, were it elsewhere, and have no champion."""
    if store.is_off():
        return []
    compared = [a.partition("@")[2] for a in plan.selected if a.startswith("compare@")]
    return [case for case in compared if champions.remembered(case) is None]


def _failures(plan: Plan, endings: dict[str, Ending]) -> list[str]:
    words = []
    for address, ending in endings.items():
        if ending.outcome == "failed":
            words.append(f"{address} failed: {ending.why}")
            if ending.log:
                words.append(f"  log: {ending.log}")
            kept = [a for a in plan.stale if a in plan.followers(address) and a in endings]
            if kept:
                more = f" and {len(kept) - SHOWN} more" if len(kept) > SHOWN else ""
                words.append(f"  not run because of it: {', '.join(kept[:SHOWN])}{more}")
    return words


def _waiting() -> list[str]:
    """Say which runs MLflow has not heard of, because it could not be reached."""
    waiting = sorted(places.pending().glob("*/record.json"))
    if not waiting or store.is_off():
        return []
    stages = "1 stage" if len(waiting) == 1 else f"{len(waiting)} stages"
    return [
        f"MLflow could not be reached ({store.shown()}): what {stages} did waits in "
        f"{places.pending()} and is sent by the next `caselab run`."
    ]


def _worth_committing(plan: Plan) -> list[str]:
    """Say which files Git would miss for this state to be had again."""
    status = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all", "--", *COMMITTABLE],
        capture_output=True,
        text=True,
        check=False,  # outside Git there is nothing to commit
    )
    paths = [line[3:] for line in status.stdout.splitlines()]
    changed = [name for name in COMMITTABLE if any(_under(path, name) for path in paths)]
    if not changed:
        return []
    words = []
    if plan.request.overrides:
        words.append("Values given by --set are in dvc.lock, not in params.yaml; write them there.")
    return [*words, f"Worth committing: git add {' '.join(changed)} && git commit"]


def _under(path: str, name: str) -> bool:
    return path == name or path.startswith(f"{name}/")
