"""A case's leaderboard on Prefect's page, linked to MLflow's."""

from typing import Any

from prefect.artifacts import create_markdown_artifact

from caselab import numbers
from caselab.cli import looking
from caselab.project import leaderboards


def show(cases: list[str]) -> None:
    """Leave each case's leaderboard as an artifact on Prefect's page, linked to MLflow's."""
    for case in cases:
        if board := leaderboards.read(case):
            create_markdown_artifact(
                markdown(looking.with_costs(board)),
                key=f"leaderboard-{case}".replace("_", "-").lower(),
                description=f"{case} by {board['metric']}",
            )


def markdown(board: dict[str, Any]) -> str:
    """Return a leaderboard as a Markdown table; a pipeline's name leads to its run."""
    lines = [
        "| | pipeline | architecture | validation | test | seconds |",
        "|--:|---|---|---|---|--:|",
    ]
    for rank, row in enumerate(board["rows"], start=1):
        name = f"[{row['pipeline']}]({row['url']})" if row["url"] else row["pipeline"]
        scores = f"{_score(row['validation'])} | {_score(row['test'])}"
        seconds = "" if row["seconds"] is None else f"{row['seconds']:.1f}"
        lines.append(f"| {rank} | {name} | {row['architecture']} | {scores} | {seconds} |")
    for row in board["rows"]:
        lines += [
            line for note in row.get("notes", ()) for line in ("", f"{row['pipeline']} {note}.")
        ]
    for figure in board["published"]:
        told = figure.get("told", "published").capitalize()
        lines += [
            "",
            f"{told}: {figure['figure']} {numbers.figure(figure['value'])} ({figure['source']})",
        ]
    return "\n".join(lines)


def _score(score: dict[str, float | None]) -> str:
    if score["value"] is None:
        return ""
    if score.get("low") is None:
        return f"{score['value']:.4f}"
    return f"{score['value']:.4f} ({score['low']:.4f} to {score['high']:.4f})"
