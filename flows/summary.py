"""What a run ends with: what failed and where to look, how to go on, what is worth committing."""

import shlex
from collections import Counter
from pathlib import Path

from caselab.numbers import counted
from caselab.params import origins, profiles
from caselab.project import dvc_lock, git, places
from caselab.project.keeping import Keeping, keeping
from caselab.registry import champions
from caselab.tracking import store
from flows.plan import Plan
from flows.progress import clock
from flows.scheduling import Ending

SHOWN = 5
"""How many of the stages that a failure kept from running are named."""

COMMITTABLE = ("dvc.lock", *git.CODE)
"""What a second clone needs of a project, beside the data that its sources read."""


def lines(
    plan: Plan, endings: dict[str, Ending], promotions: dict[str, str], stopped: bool
) -> list[str]:
    """Return the last words: what went wrong, what came of it, what to do next."""
    words = [*_failures(plan, endings), *promotions.values()]
    undone = [a for a, e in endings.items() if e.outcome in {"failed", "skipped", "stopped"}]
    if stopped:
        words.append(
            f"Stopped with {counted(len(undone), 'stage')} to do; what was finished is recorded."
        )
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
    return [
        f"MLflow could not be reached ({store.shown()}): what {counted(len(waiting), 'stage')} did "
        f"waits in {places.pending()} and is sent by the next `caselab run`."
    ]


def _worth_committing(plan: Plan) -> list[str]:
    """Say which files Git, or DVC, would miss for this state to be had in a second clone."""
    if git.root() is None:  # there is nothing to commit to
        return []
    changed = git.changed(*COMMITTABLE)
    words: list[str] = []
    data: list[str] = []
    for kept in _data(plan):
        if kept.by == "nobody" or kept.is_other:
            words.append(f"No second clone can run this: {kept.lack}; {kept.mend}.")
        lacking = list(kept.uncommitted)
        data += lacking if kept.by == "dvc" else _named(str(kept.path), lacking)
    named = [name for entry in COMMITTABLE for name in _named(entry, changed)]
    named += [file for file in dict.fromkeys(data) if file not in changed]
    if not named:
        return words
    if plan.request.recorded:
        options = profiles.options(plan.request.recorded)
        words.append(
            f"Values given by {options} are in dvc.lock, and not what params.yaml says by itself; "
            "write them there."
        )
    return [*words, f"Worth committing: git add {shlex.join(named)} && git commit"]


def _data(plan: Plan) -> list[Keeping]:
    """Return who keeps the data that the sources of this run read."""
    sources = plan.params.sources
    names = [a.partition("@")[2] for a in plan.selected if a.startswith("fetch@")]
    own = {
        name: Path(sources[name].origin) for name in names if origins.reader(sources[name].origin)
    }
    locked = dvc_lock.read()
    read = {name: locked[f"fetch@{name}"].inputs for name in own if f"fetch@{name}" in locked}
    return [keeping(path, read.get(name, {}).get(path.as_posix())) for name, path in own.items()]


def _named(entry: str, changed: list[str]) -> list[str]:
    """Return a folder with several changed files as itself, else its one changed file."""
    files = [path for path in changed if path == entry or path.startswith(f"{entry}/")]
    return files if len(files) < SHOWN else [entry]
