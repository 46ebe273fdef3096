"""How often a trial of a version against its like ends with a verdict, and a real one over HTTP.

    python -m benchmarks.trials                  # both
    python -m benchmarks.trials --into FOLDER    # in a new clone that stays
    python -m benchmarks.trials --no-real

A/A: both versions answer alike, the labels come one by one, and each trial is looked at 1,000 times
from 100 labelled ids of either on. A verdict at any look is an error. As the intervals promise, there
is one in at most 5 % of trials. Beside it an interval for one look, as it is commonly looked at.

Real: in a clone a stump is champion of churn, a logistic regression and the plain baseline are
registered. The customers of the test rows ask over HTTP, 100 at a time; their labels come, and the trial is
looked at. First the logistic regression answers half of the ids, and is promoted as soon as there is a
verdict; then the baseline is asked in the shadow, and must not be.

Leaves results/trials.json.
"""

from __future__ import annotations

import json
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
import yaml
from rich.console import Console
from scipy import stats

from benchmarks.loop import Loop
from caselab import cases
from caselab.evaluation.confidence_sequences import (
    Estimate,
    degrees_of_freedom,
    difference,
    estimated,
)
from caselab.evaluation.metrics.classification import METRICS
from caselab.sources import telco
from caselab.storage import datasets
from caselab.trials.standing import LEAST

TELCO = Path(telco.__file__).with_suffix(".parquet")
ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks/results/trials.json"
ALPHA, LOOKS, SEED = 0.05, 1_000, 7
N_TRIALS = {"ROC-AUC": 120, "ROC-AUC, rare": 120}
RARE = {
    "accuracy, rare errors": 0.01,
    "F1, rare": 0.03,
    "F1, very rare": 0.01,
    "ROC-AUC, rare": 0.03,
}
"""Shares of the class, or of the errors, where they are few. F1 is of 0.8 found, and a fifth as many
false alarms as there are of the class."""
SCORES = ("accuracy", "squared error", "squared error, heavy tails", "ROC-AUC", *RARE)
SHARES = (0.5, 0.1, 0.05, 0.0)
OTHERS = 2_000
"""Trials of scores that are means."""

console = Console(highlight=False, soft_wrap=True)


def main(
    into: Annotated[Path | None, typer.Option(help="Where the clone stays.")] = None,
    real: Annotated[bool, typer.Option(help="Ask a real server too.")] = True,
) -> None:
    """Simulate trials in which nothing is to be found, and carry two real ones out."""
    result: dict[str, Any] = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    if real:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
            result["real"] = Real((into or Path(place, "caselab")).resolve()).run()
        RESULT.write_text(json.dumps(result, indent=1) + "\n")
    result["jackknife beside DeLong"] = agreement()
    result["errors"] = []
    for name in SCORES:
        for share in SHARES:
            if (name.startswith("F1") and share == 0) or (name in N_TRIALS and share == 0.05):
                continue
            found = errors(name, share, N_TRIALS.get(name, OTHERS))
            result["errors"].append(found)
            console.print(found)
    RESULT.write_text(json.dumps(result, indent=1) + "\n")


def errors(name: str, share: float, n_trials: int) -> dict[str, Any]:
    """Return in how many A/A trials there was a verdict at any of the looks; share 0 is the shadow."""
    random = np.random.default_rng([SEED, round(100 * share), len(name)])
    least = LEAST if share == 0 else round(1.3 * LEAST / min(share, 1 - share))
    at = np.unique(np.linspace(least, 3 * least + 2 * LOOKS, LOOKS).astype(int))
    began = time.process_time()
    sequence = once = told = 0
    for _ in range(n_trials):
        looks = _looked(name, share, at, random)
        gain, reach = np.abs(looks.value), looks.reach(ALPHA)
        sequence += bool((gain > reach).any())
        once += bool((gain > stats.norm.ppf(1 - ALPHA / 2) * looks.error).any())
        told += np.isfinite(reach).mean()
    low, high = stats.binomtest(sequence, n_trials).proportion_ci(0.95, "wilson")
    return {
        "score": name,
        "share": share,
        "trials": n_trials,
        "looks": len(at),
        "labelled": [int(at[0]), int(at[-1])],
        "wrong": sequence / n_trials,
        "low": float(low),
        "high": float(high),
        "wrong by intervals for one look": once / n_trials,
        "looks that tell": told / n_trials,
        "seconds of CPU": round(time.process_time() - began, 1),
    }


def _looked(name: str, share: float, at: np.ndarray, random: np.random.Generator) -> Estimate:
    """Return the gain at each look of one trial."""
    n = int(at[-1])
    arm = random.random(n) < share
    if name.startswith("ROC-AUC"):
        truth = random.random(n) < RARE.get(name, 0.265)  # as of churn
        scores = [1.18 * truth + random.normal(size=n)]  # 0.80
        if share == 0:  # two versions that are as good, and answer much alike
            scores = [scores[0] + 0.5 * random.normal(size=n) for _ in range(2)]
        return _of_areas(truth, scores, arm, at)
    if name.startswith("F1"):
        truth = random.random(n) < RARE[name]
        said = random.random(n) < np.where(truth, 0.8, 0.2 * RARE[name])
        return difference(*(_of_f1(truth[of], said[of], of, at) for of in (arm, ~arm)))
    if name.startswith("accuracy"):
        loss = (random.random((2, n)) < RARE.get(name, 0.2)).astype(float)
    else:
        heavy = name.endswith("tails")
        noise = random.standard_t(5, (2, n)) if heavy else random.normal(size=(2, n))
        loss = noise**2
    if share == 0:
        return _of_means(loss[0] - loss[1], np.ones(n, bool), at)
    return difference(*(_of_means(loss[0], of, at) for of in (arm, ~arm)))


def _of_means(values: np.ndarray, arm: np.ndarray, at: np.ndarray) -> Estimate:
    """Return the mean at each look, of the rows in an arm."""
    count, *powers = (np.cumsum(arm * values**power)[at - 1] for power in range(5))
    mean, *raw = (power / count for power in powers)
    second = raw[0] - mean**2
    fourth = raw[2] - 4 * mean * raw[1] + 6 * mean**2 * raw[0] - 3 * mean**4
    return _estimate(mean, count, second / count**2, fourth / count**4)


def _of_f1(truth: np.ndarray, said: np.ndarray, arm: np.ndarray, at: np.ndarray) -> Estimate:
    """Return F1 at each look, of the rows in an arm, by its jackknife in closed form."""
    seen = np.cumsum(arm)[at - 1]
    cells = [truth & said, truth != said, ~truth & ~said]
    counts = np.array([np.r_[0, np.cumsum(cell)][seen] for cell in cells], float)

    def f1(hits: np.ndarray, errors: np.ndarray, _: np.ndarray) -> np.ndarray:
        return 2 * hits / np.maximum(2 * hits + errors, 1)

    moved = np.array([f1(*(counts - (counts > 0) * one[:, None])) for one in np.eye(3)])
    moved -= (counts * moved).sum(0) / seen
    second, fourth = ((counts * moved**power).sum(0) / seen for power in (2, 4))
    return _estimate(f1(*counts), seen, second, fourth)


def _estimate(
    value: np.ndarray, n_units: np.ndarray, second: np.ndarray, fourth: np.ndarray
) -> Estimate:
    """Return what moments of the jackknife's deviations, means over the units, say."""
    spread = np.sqrt((n_units - 1) * n_units * np.maximum(second, 0))
    kurtosis = np.divide(fourth, second**2, out=np.full(len(value), 3.0), where=second > 1e-18)
    return Estimate(value, spread, n_units, degrees_of_freedom(n_units, kurtosis))


def _of_areas(
    truth: np.ndarray, scores: list[np.ndarray], arm: np.ndarray, at: np.ndarray
) -> Estimate:
    """Return the same of areas under the ROC curve, by DeLong's errors; of two scores in the shadow."""
    if len(scores) == 2:
        placed = [[_placements(truth[:n], score[:n]) for score in scores] for n in at]
        return _area([[a - b for a, b in zip(*two, strict=True)] for two in placed])
    sides = []
    for part in (arm, ~arm):
        rows = [np.flatnonzero(part[:n]) for n in at]
        sides.append(_area([_placements(truth[each], scores[0][each]) for each in rows]))
    return difference(*sides)


def _area(placed: list[list[np.ndarray]]) -> Estimate:
    """Return the area at each look, or the difference of two."""
    values, units, moments = [], [], []
    for sides in placed:
        n = sum(map(len, sides))
        values.append(sides[0].mean() if all(map(len, sides)) else np.nan)
        units.append(n)
        moved = [(each - each.mean()) / max(len(each) - 1, 1) for each in sides if len(each)]
        moments.append([sum(float((each**p).sum()) for each in moved) / n for p in (2, 4)])
    return _estimate(np.array(values), np.array(units), *np.array(moments).T)


def _placements(truth: np.ndarray, score: np.ndarray) -> list[np.ndarray]:
    """Return the share of the others that each row lies right of (DeLong and others, 1988)."""
    yes, no = np.sort(score[truth]), np.sort(score[~truth])
    of_yes = np.searchsorted(no, score[truth]) / max(len(no), 1)
    return [of_yes, 1 - np.searchsorted(yes, score[~truth]) / max(len(yes), 1)]


def agreement() -> dict[str, float]:
    """Return how far the jackknife's error of ROC-AUC, which is used, is from DeLong's, simulated here."""
    random, case, metric = np.random.default_rng(SEED), cases.load("churn"), METRICS["roc_auc"]
    ratios = []
    for n in (100, 400, 1_600):
        truth = random.random(n) < 0.265
        score = 1.18 * truth + random.normal(size=n)
        y, answers = pd.Series(np.where(truth, "Yes", "No")), pd.DataFrame({"No": 0, "Yes": score})
        found = estimated(
            lambda weights, y=y, answers=answers: metric.function(y, answers, {}, case, weights),
            np.arange(n),
        )
        ratios.append(float(found.error / _area([_placements(truth, score)]).error[0]))
    return {"least": min(ratios), "greatest": max(ratios)}


class Real(Loop):
    """A clone in which churn's champion is a stump, and two versions may be tried against it."""

    def run(self) -> dict[str, Any]:
        """Carry both trials out; return how they went."""
        self.source, self.n_shadow = pd.read_parquet(TELCO), 0
        self.make()
        known = yaml.safe_load((self.folder / "params.yaml").read_text())
        block = known["pipelines"]["churn-logistic"]
        stump = block | {"architecture": "decision_tree", "model": {"max_depth": 1}}
        baseline = known["pipelines"]["churn-baseline"]
        both = {"churn-baseline": baseline, "churn-logistic": block}
        self.register(known, {"churn-baseline": baseline, "churn-stump": stump})
        self.register(known | {"gate": {"least_gain": 0.5}}, both)
        self.register(known, {"churn-baseline": baseline})
        test = datasets.read(self.folder / "data/prepared/churn/test").ids
        customers = self.source[self.source["customer_id"].astype(str).isin(test)].reset_index(
            drop=True
        )
        with self.served() as url:
            first, rest = self.tried(url, customers, "2", "--share", "50%")
            promoted = self.call("trial", "stop", "churn", "--promote").strip()
            self.taken_over(url, customers)
            second, rest = self.tried(url, rest, "3", "--shadow")
            refused = self.call("trial", "stop", "churn", "--promote", codes=(2,))
            stopped = self.call("trial", "stop", "churn").strip()
        history = self.call("history", "churn")
        console.print(history, markup=False)
        return {
            "customers": len(customers),
            "trials": [first, second],
            "promoted": promoted,
            "refused": refused,
            "stopped": stopped,
        }

    def register(self, known: dict[str, Any], pipelines: dict[str, Any]) -> None:
        """Let the best of some pipelines meet the gate, which registers it."""
        text = yaml.safe_dump(known | {"pipelines": pipelines}, sort_keys=False)
        (self.folder / "params.yaml").write_text(text)
        self.commit("Other pipelines")
        console.print(self.call("run", "churn").strip().splitlines()[-1], markup=False)

    def tried(
        self, url: str, customers: pd.DataFrame, *how: str
    ) -> tuple[dict[str, Any], pd.DataFrame]:
        """Try a version until there is a verdict; return it, and the customers that have not asked."""
        console.print(self.call("trial", "start", "churn", *how).strip(), markup=False)
        self.until(lambda: on_trial(url), "The server does not try the version.")
        for start in range(0, len(customers), 100):
            part = customers[start : start + 100]
            self.asked(url, part)
            self.n_shadow += len(part) * ("--shadow" in how)
            self.until(self.logged, "The log lacks requests.")
            part[["customer_id", "churn"]].to_csv(self.folder / "labels.csv", index=False)
            self.call("label", "churn", "labels.csv")
            stands: dict[str, Any] = json.loads(self.call("trial", "show", "churn", "--json"))
            console.print(stands["verdict"], markup=False)
            if stands["gain"] and not stands["gain"]["low"] <= 0 <= stands["gain"]["high"]:
                break
        console.print(self.call("trial", "show", "churn"), markup=False)
        kept = ("verdict", "gain", "labelled", "champion", "challenger", "share")
        asked = start + len(part)
        return {"asked": asked} | {name: stands[name] for name in kept}, customers[asked:]

    def logged(self) -> bool:
        """Tell whether all that was asked is in the log, with what was answered in the shadow."""
        parts = (self.folder / "requests" / "churn").glob("*/*.parquet")
        shadow = pd.concat(pd.read_parquet(part, columns=["shadow"]) for part in parts)["shadow"]
        return bool((~shadow).sum() >= self.n_asked and shadow.sum() >= self.n_shadow)


def on_trial(url: str) -> bool:
    """Tell whether a server asks a version on trial."""
    with urllib.request.urlopen(f"{url}/ready", timeout=5) as said:
        trial = json.load(said)["cases"]["churn"]["trial"]
    return bool(trial and trial["ready"])


if __name__ == "__main__":
    typer.run(main)
