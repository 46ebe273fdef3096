"""The table of the commands of a model's life: from the gate to predictions, reasons, server and watch."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from caselab.cli import completion
from caselab.cli.app import Case, Cases, Json, app, command


@command("promote")
def promote(
    case: Case,
    allow_dirty: Annotated[
        bool,
        typer.Option(
            "--allow-dirty",
            help="Also with uncommitted code, whose diff is kept, or data that nobody keeps.",
        ),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also what the gate has decided on before.")
    ] = False,
) -> None:
    """Make the leaderboard's best pipeline champion, if the gate lets it pass."""
    from caselab.cli import champions

    champions.promote(case, allow_dirty, again)


@command("champion")
def champion(cases: Cases = None, json: Json = False) -> None:
    """Show which pipeline is champion, since when and why."""
    from caselab.cli import champions

    champions.show(cases or [], json)


@command("history")
def history(cases: Cases = None, json: Json = False) -> None:
    """Show every promotion, defeat, rollback, trial and retraining."""
    from caselab.cli import champions

    champions.history(cases or [], json)


@command("rollback")
def rollback(case: Case) -> None:
    """Make the champion before the present one champion again."""
    from caselab.cli import champions

    champions.rollback(case)


@command("rebuild")
def rebuild(
    case: Case,
    version: Annotated[str, typer.Argument(help="A version's number or alias.")] = "champion",
    into: Annotated[
        Path | None,
        typer.Option(help="The folder to make it in; it must not exist.", resolve_path=True),
    ] = None,
) -> None:
    """Make a registered version again from its commit and lock, and compare the bytes."""
    from caselab.cli import champions

    sys.exit(not champions.rebuild(case, version, into))


@command("predict")
def predict(
    case: Case,
    file: Annotated[
        Path, typer.Argument(help="Raw records: CSV, Parquet, Excel.", resolve_path=True)
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write a CSV or Parquet file.", resolve_path=True),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse the file where a row breaks the contract.")
    ] = False,
    options: Annotated[
        list[str] | None,
        typer.Option("--set", help="How to answer: method=beam, where the case writes texts."),
    ] = None,
) -> None:
    """Answer for raw records with the case's champion; `notes` says what was odd about a row."""
    from caselab.cli import champions

    champions.predict(case, file, output, strict, options or [])


@command("watch")
def watch(
    case: Case,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Raw records, with the target where it is known: CSV, Parquet, Excel; "
            "by default the latest requests.",
            resolve_path=True,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Say whether records, answers and quality are still what the champion learned from.

    It ends with code 1 where something has moved, or the quality is below its bound.
    """
    from caselab.cli import watching

    sys.exit(watching.watch(case, file, json))


@command("score")
def score(
    case: Case,
    origin: Annotated[
        Path,
        typer.Argument(
            help="Raw records: CSV, Parquet, Excel, or an .sql file.", resolve_path=True
        ),
    ],
    into: Annotated[
        Path | None,
        typer.Option(help="The folder of the answers; scores/<case> by itself.", resolve_path=True),
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="What an .sql file asks: an address, or env:VARIABLE.")
    ] = None,
) -> None:
    """Answer for records with the champion, each only once however often it is run."""
    from caselab.cli import serving

    serving.score(case, origin, into, database)


@command("serve")
def serve(
    cases: Annotated[
        list[str],
        typer.Argument(
            help="Cases or case studies, each with a champion.", autocompletion=completion.cases
        ),
    ],
    host: Annotated[
        str,
        typer.Option(help="The address to listen on; one of others' needs CASELAB_TOKEN."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
) -> None:
    """Answer for the champions of cases over HTTP, until Ctrl-C."""
    from caselab.cli import serving

    serving.serve(cases, host, port)


@command("label")
def label(
    case: Case,
    file: Annotated[
        Path,
        typer.Argument(
            help="The target, by request_id or the case's id: CSV, Parquet, Excel.",
            resolve_path=True,
        ),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Let labels take the place of other ones.")
    ] = False,
) -> None:
    """Tell what came true of requests, by which quality is measured."""
    from caselab.cli import watching

    watching.label(case, file, replace=replace)


trial = typer.Typer(help="Try a registered version in production, against the champion.")
app.add_typer(trial, name="trial", no_args_is_help=True)


@command("start", trial)
def trial_start(
    case: Case,
    version: Annotated[str, typer.Argument(help="A version's number or alias.")],
    share: Annotated[
        str | None, typer.Option(help="Of the ids whose requests it answers, such as 10%.")
    ] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Ask it too, and tell nobody what it answers.")
    ] = False,
) -> None:
    """Let the server ask a version beside the champion."""
    from caselab.cli import trials

    trials.start(case, version, share, shadow)


@command("show", trial)
def trial_show(case: Case, json: Json = False) -> None:
    """Show what both versions answered, how fast, and which is better by the labels that came."""
    from caselab.cli import trials

    trials.show(case, json)


@command("stop", trial)
def trial_stop(
    case: Case,
    promote: Annotated[
        bool, typer.Option("--promote", help="Make the version champion, if the gate lets it pass.")
    ] = False,
) -> None:
    """End the trial that runs."""
    from caselab.cli import trials

    trials.stop(case, promote)


@command("retrain")
def retrain(
    case: Case,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also if it was retrained only lately.")
    ] = False,
    why: Annotated[
        str | None, typer.Option(help="What is told of it in the case's history.")
    ] = None,
) -> None:
    """Make a new candidate of what is known now, on a branch of its own, and let it meet the gate."""
    from caselab.cli import running

    running.retrain(case, why, ["--anyway"] if anyway else [])


@command("explain")
def explain(
    case: Case,
    file: Annotated[
        Path, typer.Argument(help="Raw records: CSV, Parquet, Excel.", resolve_path=True)
    ],
    row: Annotated[int, typer.Option(help="Which record, from 1.")] = 1,
    of: Annotated[
        str | None, typer.Option(help="Which class; by default the one that is decided.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what each column, or word, of one record adds to the champion's answer."""
    from caselab.cli import explaining

    explaining.explain(case, file, row, of, json)
