"""The table of caselab's commands, but those of lifecycle.py and maintenance.py.

Thin and lazy: nothing heavy is imported before the command that needs it runs, so that the quick
answers (list, show, leaderboard, champion) come from files within a second.
"""

from typing import Annotated, Literal

import typer

from caselab.cli import completion
from caselab.cli.app import Case, Cases, Force, Json, Overrides, Profile, Targets, app, command


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Reproducible pipelines for classic machine-learning case studies."""
    if version:
        from importlib import metadata

        typer.echo(f"caselab {metadata.version('caselab')}")
        raise typer.Exit


def _located(place: str) -> str:
    """Return where data is, before the current folder becomes the project's root."""
    from caselab.inspection import data

    return data.located(place)


def _located_query(query: str) -> str:
    from caselab.inspection import data

    return data.located_query(query)


@command("list")
def list_(cases: Cases = None, json: Json = False) -> None:
    """Show the cases; with names, their pipelines and scores."""
    from caselab.cli import looking

    looking.list_cases(cases or [], json)


@command("show")
def show(
    name: Annotated[
        str,
        typer.Argument(
            help="A case, study, pipeline, view, source or architecture.",
            autocompletion=completion.shown,
        ),
    ],
    columns: Annotated[
        bool, typer.Option("--columns", help="Show also what a case's columns may hold.")
    ] = False,
) -> None:
    """Show all about one case or study, pipeline, view, source or architecture."""
    from caselab.cli import showing

    showing.show(name, columns)


@command("new")
def new_(
    name: Annotated[str, typer.Argument(help="The case's name: small letters, digits and _.")],
    place: Annotated[
        str,
        typer.Option(
            "--from",
            parser=lambda place: _located(place),
            metavar="FILE|FOLDER|URL",
            help="A table, a folder of pictures or texts, or a database (or env:VARIABLE).",
        ),
    ],
    target: Annotated[str | None, typer.Option(help="The column that is predicted.")] = None,
    query: Annotated[
        str | None,
        typer.Option(
            parser=lambda query: _located_query(query),
            metavar="TEXT",
            help="What to ask the database: SQL, an .sql file, or a table.",
        ),
    ] = None,
    row_id: Annotated[
        str | None, typer.Option("--id", help="The column that names each row for good.")
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="The column of dates; the last rows become the test rows.")
    ] = None,
    group: Annotated[
        str | None, typer.Option(help="The column whose equal rows stay together.")
    ] = None,
    problem: Annotated[
        Literal["classification", "regression", "anomalies", "forecasting", "tagging", "generation"]
        | None,
        typer.Option(
            help="Where the target could be read both ways; anomalies need none, and are judged by it; "
            "forecasting says what comes next, by --time; tagging gives each word of a sentence a tag; "
            "generation writes the target for a text."
        ),
    ] = None,
    delimiter: Annotated[str | None, typer.Option(help="Of a CSV file.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a CSV file.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Of an Excel workbook, by name.")] = None,
    labels: Annotated[
        str | None, typer.Option(help="The table in a folder that names its files and classes.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write a case anew that `caselab new` has written.")
    ] = False,
    no_run: Annotated[bool, typer.Option("--no-run", help="Only write.")] = False,
    take_in: Annotated[
        bool,
        typer.Option(
            "--take-in", help="Have DVC keep the data, a copy of it where it lies elsewhere."
        ),
    ] = False,
) -> None:
    """Make a case of your own data: look at it, propose, write it down, and run it."""
    from caselab.cli import new
    from caselab.inspection.wishes import Wishes

    new.new(
        name,
        place,
        query,
        Wishes(target=target, id=row_id, time=time, group=group, problem=problem),
        {"delimiter": delimiter, "encoding": encoding, "sheet": sheet, "labels": labels},
        yes=yes,
        force=force,
        run=not no_run,
        take_in=take_in,
    )


@command("run")
def run(
    targets: Targets = None,
    dry: Annotated[bool, typer.Option("--dry", help="Only say what would run, and why.")] = False,
    force: Force = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Fetch the sources anew.")] = False,
    no_promote: Annotated[bool, typer.Option("--no-promote", help="Leave the champion.")] = False,
    overrides: Overrides = None,
    profile: Profile = None,
) -> None:
    """Run what is stale, then promote: the whole way from raw table to champion."""
    from caselab.cli import running

    flags = {
        "--dry": dry,
        "--force": force,
        "--refresh": refresh,
        "--no-promote": no_promote,
    }
    running.run(
        targets or [],
        running.chosen(overrides, profile),
        [flag for flag, on in flags.items() if on],
    )


@command("tune")
def tune(
    pipeline: Annotated[
        str,
        typer.Argument(help="A pipeline of params.yaml.", autocompletion=completion.pipeline),
    ],
    trials: Annotated[
        int | None, typer.Option(min=1, help="Settings to try; 30, and of a grid all.")
    ] = None,
    within: Annotated[
        str | None, typer.Option(metavar="TIME", help="Try for so long: 90s, 10m, 2h.")
    ] = None,
    sampler: Annotated[
        Literal["tpe", "random", "grid"], typer.Option(help="How settings are chosen.")
    ] = "tpe",
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Trials at once; as many as the slots hold.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write what is found into params.yaml.")
    ] = False,
    honest: Annotated[
        bool,
        typer.Option("--honest", help="Judge by nested validation too: as many searches as folds."),
    ] = False,
    overrides: Overrides = None,
    profile: Profile = None,
) -> None:
    """Search a pipeline's settings on the folds of its case; show what to change in params.yaml."""
    from caselab.cli import running

    flags = {"--write": write, "--honest": honest}
    running.tune(
        pipeline,
        {"--trials": trials, "--within": within, "--sampler": sampler, "--jobs": jobs},
        running.chosen(overrides, profile),
        [flag for flag, on in flags.items() if on],
    )


@command("status")
def status(
    targets: Targets = None,
    overrides: Overrides = None,
    profile: Profile = None,
    json: Json = False,
) -> None:
    """Say which stages are stale, and why."""
    from caselab.cli import running

    running.status(targets or [], running.chosen(overrides, profile), json)


@command("leaderboard")
def leaderboard(cases: Cases = None, json: Json = False) -> None:
    """Compare a case's pipelines: scores with intervals, seconds, size, published figures."""
    from caselab.cli import looking

    looking.leaderboard(cases or [], json)


@command("report")
def report(case: Case) -> None:
    """Write a case's page, all in one HTML file, and open it where there is a display."""
    from caselab.cli import report

    report.report(case)


@command("diff")
def diff(
    one: Annotated[
        str,
        typer.Argument(
            help="A pipeline, or a version such as churn@3.", autocompletion=completion.compared
        ),
    ],
    other: Annotated[
        str,
        typer.Argument(
            help="Another, or a version such as churn@champion.", autocompletion=completion.compared
        ),
    ],
) -> None:
    """Compare two pipelines or registered versions: params, data, scores."""
    from caselab.cli import comparing

    comparing.diff(one, other)
