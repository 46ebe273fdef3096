"""run, status, schedule, stage: start the DAG's stages, or say which would start."""

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from caselab import params
from caselab.cli import tables
from caselab.errors import UserError, unknown
from caselab.numbers import counted
from caselab.params import profiles
from caselab.project import kept
from caselab.project.addresses import LEAVES
from caselab.project.locks import no_run

LOOK = 2.0
"""Seconds in which a server that itself looks whether anybody uses it has done so, or has ended."""


def chosen(overrides: Sequence[str] | None, profile: str | None) -> list[str]:
    """Return all that is to stand in place of what params.yaml says."""
    return [*(overrides or ()), *([profiles.override(profile)] if profile else ())]


def run(targets: Sequence[str], overrides: Sequence[str], flags: Sequence[str]) -> None:
    """Become the flow: its exit code, its Ctrl-C and its terminal are then the command's own."""
    _become("flows.run", *targets, *(f"--set={override}" for override in overrides), *flags)


def tune(
    pipeline: str, given: Mapping[str, Any], overrides: Sequence[str], flags: Sequence[str]
) -> None:
    """Become the search of a pipeline's settings; what is not `given` is left to it."""
    options = [f"{name}={value}" for name, value in given.items() if value is not None]
    set_ = [f"--set={override}" for override in overrides]
    _become("flows.tuning", pipeline, *options, *set_, *flags)


def retrain(case: str, why: str | None, flags: Sequence[str]) -> None:
    """Become the retraining of a case."""
    reason = [] if why is None else [f"--why={why}"]
    _become("flows.retraining", case, *reason, *flags)


def schedule() -> None:
    """Become the server of params.yaml's schedules."""
    _become("flows.schedules")


def stop() -> None:
    """End the servers that runs have left up.

    Raises:
        UserError: a run is at work, or Prefect's server is used; then the others are ended.
    """
    with no_run(Path().resolve(), "stop its servers"), kept.unused("prefect", LOOK) as unused:
        servers = kept.up()
        ended = [server for server in servers if unused or server.name != "prefect"]
        for server in ended:
            kept.stop(server)
    names = {"Prefect's server" if s.name == "prefect" else "the imports": None for s in ended}
    if names:
        tables.console().print(f"Ended: {', '.join(names)}.")
    if ended != servers:
        raise UserError(
            "Prefect's server stays up, since `caselab schedule` or `caselab ui` uses it; end "
            "that by Ctrl-C first."
        )
    if not names:
        tables.console().print("Nothing stays up between runs here.")


def status(targets: Sequence[str], overrides: Sequence[str], json: bool) -> None:
    """Print what is stale and why, in the order in which it would run."""
    from caselab.dag import Dag

    parameters = params.load(overrides=overrides)  # says what is wrong better than DVC does
    dag = Dag(overrides=overrides)
    wanted = dag.select(targets)
    stale = dag.stale(wanted)
    if json:
        fresh = [address for address in wanted if address not in stale]
        tables.print_json({"stale": stale, "fresh": fresh})
        return
    console = tables.console()
    if not stale:
        all_are = f"All {len(wanted)} stages are" if wanted[1:] else "The one stage is"
        console.print(f"{all_are} up to date.")
        return
    unheard = {} if targets else _never_run(parameters, wanted, stale)
    rows = {unheard.get(address, address): "; ".join(reasons) for address, reasons in stale.items()}
    for case, number in Counter(unheard.values()).items():
        rows[case] = (
            f"{rows[case]} ({counted(number, 'stage')}; `caselab status {case}` lists them)"
        )
    console.print(tables.table(("stage", "~why"), rows.items()))
    command = " ".join(["caselab run", *targets, *map(profiles.option, overrides)])
    are, them = ("is", "it") if len(stale) == 1 else ("are", "them")
    told = f"{len(stale)} of {counted(len(wanted), 'stage')} {are} stale"
    console.print(f"{told}; `{command}` runs {them}.", markup=False)


def _never_run(
    parameters: params.Params, addresses: Sequence[str], stale: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Return the cases of which no stage has ever run, by the addresses of their stages.

    A source is its first case's.
    """
    from caselab.dag.graph import NEVER_RUN

    of_block = {
        **{name: block.case for name, block in parameters.views.items()},
        **{name: block.case for name, block in parameters.pipelines.items()},
        **{name: name for name in parameters.cases},
    }
    firsts = {block.source: name for name, block in reversed(parameters.cases.items())}
    owners = {}
    for address in addresses:
        verb, _, block = address.partition("@")
        owners[address] = firsts.get(block) if verb == "fetch" else of_block.get(block)
    ran = {
        owner
        for address, owner in owners.items()
        if stale.get(address) != [NEVER_RUN] and not address.startswith("fetch@")
    }
    return {
        address: owner
        for address, owner in owners.items()
        if owner is not None and owner not in ran and address in stale
    }


def stage(verb: str, name: str) -> None:
    """Run one stage's body here, as `dvc repro` does; a pipeline's run is tracked all the same."""
    from caselab import stages

    if verb not in stages.VERBS:
        raise unknown("stage", verb, stages.VERBS)
    parameters = params.load()
    owners: dict[str, Mapping[str, Any]] = {
        "imports": {"": None},  # one for all
        "fetch": parameters.sources,
        "featurize": parameters.views,
        "blend": parameters.blends,
        "train": parameters.learners,
        "evaluate": parameters.learners,
    }
    blocks = owners.get(verb, parameters.cases)
    if name not in blocks:
        raise unknown(f"block in params.yaml for {verb}", name, blocks)
    provenance = None
    if verb in LEAVES:
        from caselab.dag import opened

        provenance = opened.provenance(f"{verb}@{name}")
    stages.run(verb, name, params=parameters, provenance=provenance)


def _become(module: str, *arguments: str) -> None:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606
