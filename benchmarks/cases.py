"""Every pipeline of every case from nothing: how long it takes, and how good each one is.

    python -m benchmarks.cases                   # in a clone of its own, which it removes
    python -m benchmarks.cases --into FOLDER     # in a new clone that stays
    python -m benchmarks.cases --ran FOLDER      # read what FOLDER has run: everything, or a part

Leaves results/cases.json, and docs/leaderboards.md written from it.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from caselab import cases, params, problems, sources
from caselab.numbers import between, number

ROOT = Path(__file__).parents[1]
RESULT, PAGE = ROOT / "benchmarks/results/cases.json", ROOT / "docs/leaderboards.md"

HEAD = """# The leaderboards

Every case with its data, its metric and every pipeline, best validation score first. Test scores
stand beside their 95 % bootstrap intervals; the test rows choose nothing. Seconds are those of
training and evaluation by the clock, two pipelines at a time, on two cores without a GPU.

{summary}

What stands behind each is told in [the cases](cases.md); `caselab run` and a case's name make its
part anew. This page is written by `python -m benchmarks.cases`.
"""


def main(
    into: Annotated[
        Path | None, typer.Option(help="Where the clone is to be, and to stay.")
    ] = None,
    ran: Annotated[
        Path | None, typer.Option(help="A clone that has run; of what it has not the result stays.")
    ] = None,
) -> None:
    """Run everything in a clone, measure, and write down what came of it."""
    if ran is not None:
        keep(ran, json.loads(RESULT.read_text()) if RESULT.exists() else {})
        return
    with tempfile.TemporaryDirectory() as place:
        folder = into or Path(place, "caselab")
        subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
        (folder / "dvc.lock").unlink(missing_ok=True)
        environment = os.environ | {"PYTHONPATH": str(folder / "src")}
        seconds: dict[str, float] = {"pipelines": len(params.load(folder).pipelines)}
        flow, repro = [sys.executable, "-m", "flows.run"], [sys.executable, "-m", "dvc", "repro"]
        for what, command in {"from nothing": flow, "again": flow, "dvc repro": repro}.items():
            start = time.monotonic()
            done = subprocess.run(
                command, cwd=folder, env=environment, check=True, text=True,
                stdout=None if what == "from nothing" else subprocess.PIPE,
            )  # fmt: skip
            seconds[what] = time.monotonic() - start
            if done.stdout and "up to date" not in done.stdout:
                raise RuntimeError(f"{what} was to find nothing to do: {done.stdout}")
        keep(folder, {"seconds": seconds})


def keep(folder: Path, known: dict[str, Any]) -> None:
    """Write down what a clone holds, beside what is known of cases and pipelines it has not run."""
    before, now = known.get("cases", {}), params.load(ROOT)
    boards = {
        name: together(board(folder, name), before.get(name), now.pipelines) for name in now.cases
    }
    content = known | {"cases": {name: found for name, found in boards.items() if found}}
    RESULT.write_text(json.dumps(content, indent=1) + "\n")
    PAGE.write_text(page(content))
    Console().print(f"{len(content['cases'])} cases are in {PAGE.relative_to(ROOT)}.")


def board(folder: Path, case: str) -> dict[str, Any] | None:
    """Return what a case's leaderboard says, with the seconds of each run."""
    file = folder / "leaderboards" / case / "leaderboard.json"
    if not file.exists():
        return None
    found = json.loads(file.read_text())
    rows = []
    for row in found["rows"]:
        noted = folder / ".caselab/runs" / f"{row['pipeline']}.json"
        seconds = json.loads(noted.read_text())["seconds"] if noted.exists() else None
        kept = {key: row[key] for key in ("pipeline", "validation", "test")}
        rows.append(kept | {"seconds": seconds})
    return {"case": case, "metric": found["metric"], "rows": rows}


def together(
    found: dict[str, Any] | None, before: dict[str, Any] | None, pipelines: Collection[str]
) -> dict[str, Any] | None:
    """Return a case's rows as found, with those of before for pipelines that have not run anew."""
    if not found or not before:
        return found or before
    ran = {row["pipeline"] for row in found["rows"]}
    others = [r for r in before["rows"] if r["pipeline"] in pipelines and r["pipeline"] not in ran]
    metric = problems.load(cases.load(found["case"]).problem).metrics[found["metric"]]

    def worst_last(row: dict[str, Any]) -> float:
        value = row["validation"]["value"]
        return math.inf if value is None else -metric.gain(of=value, over=0)

    return found | {"rows": sorted([*found["rows"], *others], key=worst_last)}


def page(content: dict[str, Any]) -> str:
    """Return docs/leaderboards.md."""
    seconds, parts = content.get("seconds", {}), []
    for name, found in content["cases"].items():
        parts.append(section(name, found))
    count = sum(len(found["rows"]) for found in content["cases"].values())
    summary = f"{len(content['cases'])} cases, {count} pipelines"
    if "from nothing" in seconds:
        ran = "all" if seconds["pipelines"] == count else f"the first {seconds['pipelines']}"
        summary += (
            f"; {ran} of them from nothing in "
            f"{seconds['from nothing'] / 60:.0f} minutes on two cores, and nothing to do again in "
            f"{seconds['again']:.0f} seconds"
        )
        if seconds["pipelines"] != count:
            summary += (
                ".\nSince then cases ran one by one, while the machine had other work: where a figure is "
                "of such\na run, compare its seconds with those of its own table only"
            )
    summary += missing(content)
    return HEAD.format(summary=summary + ".") + "".join(parts)


def missing(content: dict[str, Any]) -> str:
    """Say which cases of params.yaml, and how many pipelines of the others, the page lacks."""
    known = params.load(ROOT)
    lacks = [f"`{name}`" for name in known.cases if name not in content["cases"]]
    shown = {row["pipeline"] for found in content["cases"].values() for row in found["rows"]}
    others = [
        n for n, b in known.pipelines.items() if b.case in content["cases"] and n not in shown
    ]
    if not lacks and not others:
        return ""
    cases_of = ", ".join(
        f"`{name}`" for name in dict.fromkeys(known.pipelines[n].case for n in others)
    )
    told = [", ".join(lacks)] * bool(lacks)
    told += [f"{len(others)} pipelines of {cases_of}"] * bool(others)
    return (
        f".\n\nNot on this page yet: {' and '.join(told)}. What is known of them stands in [the\n"
        "cases](cases.md)"
    )


def section(name: str, found: dict[str, Any]) -> str:
    """Return one case's part of the page."""
    case, block = cases.load(name), params.load(ROOT).cases[name]
    source = sources.load(params.load(ROOT).sources[block.source].origin)
    metric = problems.load(case.problem).metrics[found["metric"]]
    way = "greater" if metric.greater_is_better else "less"
    lines = [
        f"\n## {name}: {case.title}\n",
        f"{case.question} Data: [{source.title}]({source.url}), {source.licence}. "
        f"Metric: {metric.title} ({way} is better).\n",
        "| pipeline | validation | test | 95 % interval | seconds |",
        "|---|--:|--:|---|--:|",
    ]
    for row in found["rows"]:
        low, high = known(row["test"]["low"]), known(row["test"]["high"])
        took = "" if row["seconds"] is None else f"{row['seconds']:.0f}"
        scores = f"{known(row['validation']['value'])} | {known(row['test']['value'])}"
        lines.append(f"| {row['pipeline']} | {scores} | {low} to {high} | {took} |")
    for figure in case.published:
        value = figure.value
        shown = between(*value) if isinstance(value, tuple) else number(value)
        note = f" ({figure.note})" if figure.note else ""
        lines.append(
            f"\n{figure.told.capitalize()} {figure.figure} {shown}: {figure.source}{note}."
        )
    return "\n".join(lines) + "\n"


def known(value: float | None) -> str:
    """Return a score as it is read; nothing where it is not defined."""
    return "" if value is None else number(value)


if __name__ == "__main__":
    typer.run(main)
