"""The table of the commands that look after a project: services, caches, dvc.lock; and DVC's own."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from caselab.cli.app import app, command


@command("schedule")
def schedule() -> None:
    """Serve the schedules of params.yaml until Ctrl-C."""
    from caselab.cli import running

    running.schedule()


@command("stop")
def stop() -> None:
    """End what stays up between runs: Prefect's server, and the imports that stages fork from."""
    from caselab.cli import running

    running.stop()


@command("ui")
def ui(
    mlflow_port: Annotated[int, typer.Option(min=1, max=65535)] = 5000,
    prefect_port: Annotated[int, typer.Option(min=1, max=65535)] = 4200,
) -> None:
    """Serve the pages of MLflow and Prefect on this machine until Ctrl-C."""
    from caselab.cli import ui

    ui.serve(mlflow_port, prefect_port)


@command("clean")
def clean(
    keep: Annotated[
        int, typer.Option(min=1, help="How many commits' results and runs a pipeline to keep.")
    ],
    dry: Annotated[bool, typer.Option("--dry", help="Only say what would go.")] = False,
) -> None:
    """Remove old cached results, checkpoints and runs; never what a registered version names."""
    from caselab.cli import cleaning

    cleaning.clean(keep, dry)


@command("doctor")
def doctor(
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Also read all of DVC's cache; what is damaged is removed."),
    ] = False,
) -> None:
    """Check versions, services, disk and accelerator, and say what to mend."""
    from caselab.cli import doctor as examination

    sys.exit(examination.examine(verify))


@app.command("merge-lock")
def merge_lock(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Base, ours and theirs, as git hands them to a merge driver; ours is written.",
            resolve_path=True,
        ),
    ] = None,
) -> None:
    """Join both sides of a dvc.lock that is in conflict, stage by stage."""
    from caselab.cli import merging

    merging.merge_lock(files or [])


@command("stage", hidden=True)
def stage(verb: str, name: Annotated[str, typer.Argument()] = "") -> None:
    """Run one stage's body, as dvc.yaml asks."""
    from caselab.cli import running

    running.stage(verb, name)
