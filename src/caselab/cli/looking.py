"""list, leaderboard: answers from files, within a second."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape

from caselab import numbers, params
from caselab.cli import tables
from caselab.errors import UserError, unknown
from caselab.params import Params
from caselab.params.checks import facts
from caselab.project import leaderboards
from caselab.registry import champions
from caselab.tracking import run_references

COSTS = ("seconds", "per_thousand", "url", "run_id")
"""What a leaderboard shows of a pipeline's run beside its scores."""


def list_cases(names: Sequence[str], json: bool) -> None:
    """Print the cases; those named with their pipelines."""
    parameters = params.load()
    overviews = [overview(parameters, name) for name in chosen(parameters, names)]
    if json:
        tables.print_json({"cases": overviews})
        return
    console = tables.console()
    if not names:
        columns = ("case", "~question", "problem", "metric", ">pipelines", "champion")
        rows = [
            (
                c["name"],
                c["question"],
                c["problem"],
                c["metric"],
                str(len(c["pipelines"])),
                c["champion"],
            )
            for c in overviews
        ]
        console.print(
            tables.table(columns, rows, spare=("metric", "problem", ">pipelines")),
        )
        console.print("[dim]caselab list <case> shows its pipelines, caselab run <case> runs it.")
        return
    for case in overviews:
        title = f"[bold]{case['name']}[/bold]  {escape(case['title'])}: {escape(case['question'])}"
        columns = ("pipeline", "architecture", "view", f">{case['metric']}, validation", "test", "")
        rows = [
            (
                pipeline["name"],
                pipeline["architecture"],
                pipeline["view"],
                numbers.score(pipeline["validation"]),
                numbers.score(pipeline["test"]),
                "champion" if pipeline["name"] == case["champion"] else "",
            )
            for pipeline in case["pipelines"]
        ]
        short = tables.without(f"{case['name']}-", [row[0] for row in rows])
        console.print(
            tables.table(columns, rows, title, spare=("view", "architecture"), short=short)
        )


def leaderboard(names: Sequence[str], json: bool) -> None:
    """Print the leaderboards of the cases, best validation score first."""
    parameters = params.load()
    boards = []
    for name in chosen(parameters, names):
        board = leaderboards.read(name)
        if board is None and names:
            raise UserError(f"The case {name} has no leaderboard yet; run `caselab run {name}`.")
        if board is not None:
            boards.append(with_costs(board))
    if json:
        tables.print_json({"leaderboards": boards})
        return
    if not boards:
        raise UserError("No case has a leaderboard yet; run `caselab run`.")
    for board in boards:
        print_board(board)


def print_board(board: dict[str, Any]) -> None:
    """Print one leaderboard, with the published figures below."""
    champion = champions.remembered(board["case"])
    reigning = champion["pipeline"] if champion and champions.is_here(champion) else None
    columns = ("", "pipeline", "architecture", ">validation", ">test", ">time", ">size", "~")
    rows = [
        (
            rank,
            row["pipeline"],
            row["architecture"],
            numbers.score(row["validation"]),
            numbers.score(row["test"]),
            numbers.seconds(row["seconds"]),
            numbers.size(row.get("size")),
            _remark(row, board["candidate"], reigning),
        )
        for rank, row in enumerate(board["rows"], start=1)
    ]
    console = tables.console()
    title = f"[bold]{board['case']}[/bold] by {board['metric']}"
    short = tables.without(f"{board['case']}-", [row["pipeline"] for row in board["rows"]])
    spare = ("architecture", ">size", ">time")
    console.print(tables.table(columns, rows, title, spare=spare, short=short))
    if preference := leaderboards.preference(board):
        console.print(f"[dim]{preference}[/dim]")
    if champion and not reigning:
        console.print(f"[yellow]{champions.newer_here(champion)}[/yellow]")
    for row in board["rows"]:
        for note in row.get("notes", ()):
            console.print(f"[yellow]{row['pipeline']} {escape(note)}.[/yellow]")
    for figure in board["published"]:
        value = figure["value"]
        shown = numbers.figure(value)
        note = f" ({figure['note']})" if figure["note"] else ""
        told = figure.get("told", "published")
        console.print(
            f"[dim]{told} {figure['figure']} {shown}: {escape(figure['source'] + note)}[/dim]"
        )


def overview(parameters: Params, name: str) -> dict[str, Any]:
    """Return a case with its pipelines and their scores, as plain data."""
    case = facts(name)  # not imported: some cases bring pandas
    board = leaderboards.read(name) or {"rows": []}
    rows = {row["pipeline"]: row for row in board["rows"]}
    return {
        "name": name,
        "title": case["title"],
        "question": case["question"],
        "problem": case["problem"],
        "metric": case["metric"],
        "source": parameters.cases[name].source,
        "champion": (champions.remembered(name) or {}).get("pipeline"),
        "pipelines": [
            {
                "name": pipeline,
                "architecture": block.architecture,
                "view": block.view,
                "validation": rows.get(pipeline, {}).get("validation"),
                "test": rows.get(pipeline, {}).get("test"),
            }
            for pipeline, block in parameters.pipelines.items()
            if block.case == name
        ],
    }


def with_costs(board: dict[str, Any]) -> dict[str, Any]:
    """Return a leaderboard with what is known of each pipeline's run in MLflow."""
    rows = []
    for row in board["rows"]:
        run = run_references.known(row["pipeline"])
        rows.append(row | {key: getattr(run, key, None) for key in COSTS})
    return board | {"rows": rows}


def chosen(parameters: Params, names: Sequence[str]) -> list[str]:
    """Return the cases that names or study prefixes mean; none means all."""
    if not names:
        return list(parameters.cases)
    found = []
    for name in names:
        study = [case for case in parameters.cases if case == name or case.startswith(f"{name}_")]
        if not study:
            raise unknown("case", name, parameters.cases)
        found += study
    return list(dict.fromkeys(found))


def _remark(row: Mapping[str, Any], candidate: str | None, champion: str | None) -> str:
    if row["pipeline"] == champion:
        return "champion"
    return "candidate" if row["pipeline"] == candidate else ""
