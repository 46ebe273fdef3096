"""The closed loop of churn, from a champion that serves to the one that takes over after a change.

    python -m benchmarks.loop                  # `make loop`
    python -m benchmarks.loop --into FOLDER    # in a new clone that stays

A model of 3,500 customers serves. 500 others ask, and nothing has moved. Then prices rise by a quarter,
three in ten get a contract of three years that nobody has seen, and who leaves is no longer who did:
the stated change, drawn by the seed of params.yaml. The watch looks after every 100 requests. When 1,500
requests have their labels, and the new contract stands in the case's contract, the case is retrained;
the gate decides, the server takes over, and another 1,500 customers are answered by both versions.

Leaves results/loop.json and docs/closed-loop.png.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import typer
import yaml
from rich.console import Console
from sklearn.metrics import roc_auc_score

from caselab.evaluation.plots import style
from caselab.evaluation.plots.style import BLUE, MUTED, VERMILION

ROOT = Path(__file__).parents[1]
RESULT, PICTURE = ROOT / "benchmarks/results/loop.json", ROOT / "docs/closed-loop.png"
LEARNED, BEFORE, LABELLED, AFTER = 3500, 500, 1500, 1500
"""Customers: in the source, that ask before the change, that ask and are labelled, that ask at the end."""
ASKED, WINDOW = 50, 500
"""Records of a request, and customers whose answers are scored together."""
PIPELINES = ("churn-baseline", "churn-logistic", "churn-xgboost")
ANSWER = """
import mlflow, pandas as pd
mlflow.set_tracking_uri("sqlite:///mlflow.db")
model = mlflow.pyfunc.load_model("models:/churn/1")
model.predict(pd.read_parquet("later.parquet")).to_parquet("old.parquet")
"""
console = Console(highlight=False, soft_wrap=True)


def main(into: Annotated[Path | None, typer.Option(help="Where the clone stays.")] = None) -> None:
    """Serve, change the world, watch, retrain and take over; draw what the loop was worth."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        result = Loop((into or Path(place, "caselab")).resolve()).run()
    result["seconds"] = time.monotonic() - began
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    draw(result)
    console.print(f"{result['seconds']:.0f} seconds; the picture is {PICTURE.relative_to(ROOT)}.")


class Loop:
    """A clone of the project whose champion serves, and the customers that ask it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {"PYTHONPATH": str(folder / "src")}
        self.random = np.random.default_rng(
            yaml.safe_load((ROOT / "params.yaml").read_text())["seed"]
        )
        customers = pd.read_parquet(ROOT / "src/caselab/sources/telco.parquet")
        order = self.random.permutation(len(customers))
        ends = np.cumsum([LEARNED, BEFORE, LABELLED, AFTER])
        parts = [customers.iloc[each].reset_index(drop=True) for each in np.split(order, ends)]
        self.source, self.before, *changed = parts[:4]
        self.labelled, self.after = (self.changed(part) for part in changed)
        self.n_asked = 0

    def run(self) -> dict[str, Any]:
        """Go round once; return what was seen."""
        self.make()
        self.call("run", "churn")
        with self.served() as url:
            first = self.asked(url, self.before)
            quiet = self.watch()
            delay, told = None, quiet
            for start in range(0, LABELLED, 100):
                first += self.asked(url, self.labelled[start : start + 100])
                if delay is None:
                    told = self.watch()
                    delay = start + 100 if told["alarm"] else None
            self.label(first)
            self.widen_contract()
            retrained = self.call("retrain", "churn").strip().splitlines()[-1]
            console.print(retrained, markup=False)
            version = self.taken_over(url, self.after)
            later = self.asked(url, self.after)
        self.call("stop")
        self.after.drop(columns="churn").to_parquet(self.folder / "later.parquet")
        self.python("-c", ANSWER)
        old = pd.read_parquet(self.folder / "old.parquet")["Yes"].to_numpy()
        everybody = pd.concat([self.before, self.labelled, self.after], ignore_index=True)
        chances = np.array([answer["Yes"] for _, _, answer in first + later])
        without = np.concatenate([chances[: len(first)], old])
        return {
            "quiet": quiet["sentences"][0],
            "alarm after": delay,
            "alarm": told["sentences"],
            "retrained": retrained,
            "version": version,
            "windows": [
                {
                    "customers": start + WINDOW,
                    "with": auc(everybody, chances, start),
                    "without": auc(everybody, without, start),
                }
                for start in range(0, len(everybody), WINDOW)
            ],
            "after": {
                "with": float(roc_auc_score(self.after["churn"] == "Yes", chances[-AFTER:])),
                "without": float(roc_auc_score(self.after["churn"] == "Yes", old)),
            },
        }

    def make(self) -> None:
        """Clone the project, with a part of the customers as its source and three pipelines."""
        subprocess.run(["git", "clone", "-q", ROOT, self.folder], check=True)
        (self.folder / "dvc.lock").unlink(missing_ok=True)
        self.source.to_parquet(self.folder / "customers.parquet", index=False)
        known = yaml.safe_load((self.folder / "params.yaml").read_text())
        views = {name: view for name, view in known["views"].items() if view["case"] == "churn"}
        known |= {
            "sources": {"telco": {"origin": "customers.parquet"}},
            "cases": {"churn": known["cases"]["churn"]},
            "views": views,
            "pipelines": {name: known["pipelines"][name] for name in PIPELINES},
            "blends": {},
            "retraining": {"labelled": True},
        }
        for words in ("profiles", "schedules", "tuning"):
            known.pop(words, None)
        (self.folder / "params.yaml").write_text(yaml.safe_dump(known, sort_keys=False))
        self.python("-m", "dvc", "add", "-q", "customers.parquet")
        self.commit("A part of the customers")

    def changed(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return customers after the change; of those whose price rose a third leaves who stayed."""
        new = self.random.random(len(customers)) < 0.3
        contract = customers["contract"].mask(new, "Three year")
        dear = (customers["monthly_charges"] > 60) & ~new
        leaves = dear & (self.random.random(len(customers)) < 0.35)
        stays = new & (self.random.random(len(customers)) < 0.9)
        return customers.assign(
            monthly_charges=customers["monthly_charges"] * 1.25,
            contract=contract,
            churn=customers["churn"].mask(leaves, "Yes").mask(stays, "No"),
        )

    @contextlib.contextmanager
    def served(self) -> Iterator[str]:
        """Serve the champion on a free port, and end the server."""
        command = [sys.executable, "-m", "caselab", "serve", "churn", "--port", "0"]
        server = subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            for line in server.stdout:
                if found := re.search(r"http://[\d.]+:\d+", line):
                    break
            else:
                raise RuntimeError("The server ended before it listened.")
            url = found[0]
            self.until(lambda: ready(url), "The server is not ready.")
            yield url
        finally:
            server.terminate()
            server.wait(30)

    def asked(self, url: str, customers: pd.DataFrame) -> list[tuple[str, int, dict[str, Any]]]:
        """Ask about customers, some at once; return id of the request, number and answer of each.

        What was asked is in the log then, which the server writes a little later.
        """
        found = []
        records = customers.drop(columns="churn")
        for start in range(0, len(records), ASKED):
            said = ask(url, records[start : start + ASKED])
            found += [(said["request_id"], n, a) for n, a in enumerate(said["answers"], start=1)]
        self.n_asked += len(found)
        parts = self.folder / "requests" / "churn"
        self.until(
            lambda: sum(map(n_rows, parts.glob("*/*.parquet"))) >= self.n_asked,
            "The log lacks requests.",
        )
        return found

    def watch(self) -> dict[str, Any]:
        """Hold the latest requests against what the champion learned from."""
        found: dict[str, Any] = json.loads(self.call("watch", "churn", "--json", codes=(0, 1)))
        console.print(found["sentences"][0], markup=False)
        return found

    def label(self, asked: list[tuple[str, int, dict[str, Any]]]) -> None:
        """Tell what came true of all that have asked."""
        truth = pd.concat([self.before, self.labelled], ignore_index=True)["churn"]
        table = pd.DataFrame([each[:2] for each in asked], columns=["request_id", "row"])
        table.assign(churn=truth).to_csv(self.folder / "labels.csv", index=False)
        console.print(self.call("label", "churn", "labels.csv").strip(), markup=False)

    def widen_contract(self) -> None:
        """Let cases/churn.py know the new contract, as whoever reads the watch does.

        What a column may hold is for people to say: without it a retraining refuses these rows.
        """
        file = self.folder / "src/caselab/cases/churn.py"
        file.write_text(file.read_text().replace('"Two year"', '"Two year", "Three year"'))
        self.commit("There is a contract of three years")

    def commit(self, message: str) -> None:
        """Commit everything in the clone."""
        author = ["-c", "user.name=loop", "-c", "user.email=loop@localhost"]
        for words in (["add", "-A"], ["commit", "-qm", message]):
            subprocess.run(["git", *author, *words], cwd=self.folder, check=True)

    def taken_over(self, url: str, customers: pd.DataFrame) -> int:
        """Wait until the server answers by the new champion, if there is one."""
        told = json.loads(self.call("champion", "churn", "--json"))
        version = int(told["champions"]["churn"]["version"])
        self.until(
            lambda: ask(url, customers.drop(columns="churn").head(1))["version"] == version,
            "The server has not taken over.",
        )
        return version

    def until(self, holds: Any, otherwise: str, seconds: float = 60) -> None:
        """Wait until something holds."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise RuntimeError(otherwise)
            time.sleep(0.2)

    def call(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run a command of caselab in the clone; return what it prints."""
        return self.python("-m", "caselab", *words, codes=codes)

    def python(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run Python in the clone."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if done.returncode not in codes:
            raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stdout}")
        return done.stdout


def ask(url: str, records: pd.DataFrame) -> dict[str, Any]:
    """Ask about some records."""
    body = records.to_json(orient="records").encode()
    request = urllib.request.Request(
        f"{url}/churn/predict", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as said:
        answer: dict[str, Any] = json.load(said)
    return answer


def n_rows(file: Path) -> int:
    """Return the number of rows of a Parquet file."""
    found: int = pq.read_metadata(file).num_rows
    return found


def ready(url: str) -> bool:
    """Tell whether the server can answer."""
    try:
        with urllib.request.urlopen(f"{url}/ready", timeout=5) as said:
            return bool(said.status == 200)
    except OSError:
        return False


def auc(customers: pd.DataFrame, chances: np.ndarray, start: int) -> float:
    """Return the area under the ROC curve of a window of customers."""
    part = slice(start, start + WINDOW)
    return float(roc_auc_score(customers["churn"][part] == "Yes", chances[part]))


def draw(result: dict[str, Any]) -> None:
    """Draw quality with and without the loop, and what happened when."""
    windows = pd.DataFrame(result["windows"])
    with style.house():
        figure, axes = style.canvas(
            "What the loop is worth",
            f"Customer churn · after the change, with the loop {result['after']['with']:.3f}, without "
            f"{result['after']['without']:.3f}, of {AFTER:,} customers\nEach point: the answers to {WINDOW} customers",
            width=8.0,
            height=3.6,
        )
        middle = windows["customers"] - WINDOW / 2
        for name, color in (("without", VERMILION), ("with", BLUE)):
            axes.plot(middle, windows[name], marker="o", color=color)
            end = (middle.iloc[-1], windows[name].iloc[-1])
            axes.annotate(
                f"{name} the loop", end, xytext=(8, -3), textcoords="offset points", color=color
            )
        events = {
            BEFORE: "the world\nchanges",
            BEFORE + (result["alarm after"] or 0): "the watch\nsays so",
            BEFORE + LABELLED: "retrained,\ntaken over",
        }
        sides = ("right", "left", "left")
        for (place, name), side in zip(events.items(), sides, strict=True):
            axes.axvline(place, color=MUTED, linewidth=1, linestyle=":")
            axes.annotate(
                name, (place, 0), xycoords=("data", "axes fraction"), xytext=(4 if side == "left" else -4, 4), ha=side, textcoords="offset points", size=8, color=MUTED,
            )  # fmt: skip
        ends = windows["customers"].iloc[-1]
        axes.set(xlabel="Customers that have asked", ylabel="ROC-AUC", xlim=(0, ends * 1.12))
        axes.set_ylim(bottom=windows[["with", "without"]].min().min() - 0.04)
    style.write_png(figure, PICTURE)


if __name__ == "__main__":
    typer.run(main)
