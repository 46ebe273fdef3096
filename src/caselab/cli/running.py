"""run, status, schedule, stage: start the DAG's stages, or say which would start."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from caselab import params
from caselab.cli import tables
from caselab.errors import unknown
from caselab.project import kept
from caselab.project.locks import no_run


def run(targets: Sequence[str], overrides: Sequence[str], flags: Sequence[str]) -> None:
    """Become the flow: its exit code, its Ctrl-C and its terminal are then the command's own."""
    _become("flows.run", *targets, *(f"--set={override}" for override in overrides), *flags)


def schedule() -> None:
    """Become the server of params.yaml's schedules."""
    _become("flows.schedules")


def stop() -> None:
    """End the servers that runs have left up.

    Raises:
        UserError: a run is at work.
    """
    with no_run(Path().resolve(), "stop its servers"):
        servers = kept.up()
        for server in servers:
            kept.stop(server)
    names = ["Prefect's server" if s.name == "prefect" else "the imports" for s in servers]
    ended = f"Ended: {', '.join(names)}." if names else "Nothing stays up between runs here."
    tables.console().print(ended)


def status(targets: Sequence[str], overrides: Sequence[str], json: bool) -> None:
    """Print what is stale and why, in the order in which it would run."""
    from caselab.dag import Dag

    params.load(overrides=overrides)  # says what is wrong better than DVC does
    dag = Dag(overrides=overrides)
    wanted = dag.select(targets)
    stale = dag.stale(wanted)
    if json:
        fresh = [address for address in wanted if address not in stale]
        tables.print_json({"stale": stale, "fresh": fresh})
        return
    console = tables.console()
    if not stale:
        console.print(f"All {len(wanted)} stages are up to date.")
        return
    rows = [(address, "; ".join(reasons)) for address, reasons in stale.items()]
    console.print(tables.table(("stage", "~why"), rows))
    command = " ".join(["caselab run", *targets, *(f"--set {each}" for each in overrides)])
    console.print(
        f"{len(stale)} of {len(wanted)} stages are stale; `{command}` runs them.", markup=False
    )


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
        "train": parameters.pipelines,
        "evaluate": parameters.pipelines,
    }
    blocks = owners.get(verb, parameters.cases)
    if name not in blocks:
        raise unknown(f"block in params.yaml for {verb}", name, blocks)
    provenance = None
    if verb in ("train", "evaluate"):
        from caselab import dag

        provenance = dag.provenance(f"{verb}@{name}")
    stages.run(verb, name, params=parameters, provenance=provenance)


def _become(module: str, *arguments: str) -> None:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606
