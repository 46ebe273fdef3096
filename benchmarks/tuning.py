"""What tuning is worth: default settings, and 30 trials at random, on a grid and by TPE.

Run `python -m benchmarks.tuning`; `--pipelines churn-xgboost --seeds 1` for a part of it. Each search
goes the way of `caselab tune`, two trials at a time as the slots allow; what it has chosen on the
folds is then fitted on all training rows and scored on the test rows, which no search sees. Of a grid
30 points are drawn. A search that was interrupted goes on. With `--peers ENV/bin/python` (peers.py) FLAML
tunes XGBoost on the same rows for as long as the last search took.
"""

import argparse
import json
import statistics
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers import by_peer
from caselab import cases, problems
from caselab import params as parameters
from caselab.params import Params
from caselab.project import places
from caselab.stages import fork_server, process
from caselab.stages.fits import Fits
from caselab.storage import datasets
from caselab.storage.determinism import repeatable
from caselab.tracking.tracker import Untracked
from caselab.tuning import settings
from caselab.tuning.results import Wish
from caselab.tuning.search import Budget
from flows import tuning

RESULT = Path(__file__).parent / "results" / "tuning.json"
PIPELINES = ("churn-xgboost", "churn-mlp", "prices-xgboost", "messages_spam-lstm")
SAMPLERS = ("random", "grid", "tpe")


def test_score(params: Params, name: str) -> float:
    """Fit a pipeline on all training rows; score it on the test rows by its case's metric.

    A threshold is the metric's own, as none is chosen here.
    """
    with repeatable(params.seed, params.threads):
        learning = Fits.of(params, name, Untracked())
        fitted = learning.fit(np.arange(len(learning.rows)), None)
        test = datasets.read(places.features(params.pipelines[name].view) / "test")
        answers = learning.problem.answer(fitted, test.X)
        metric = learning.case.metric
        scores = learning.problem.score(test.y, answers, learning.case, metrics=[metric])
        return float(scores[metric])


def by_flaml(python: Path, name: str, seed: int, limit: float) -> dict[str, Any]:
    """Return what FLAML's XGBoost scores on the test rows after so many seconds of search."""
    params = parameters.load(overrides=[f"seed={seed}"])
    block = params.pipelines[name]
    case = cases.load(block.case)
    parts = {p: datasets.read(places.features(block.view) / p) for p in ("train", "test")}
    known, asked = (part.X.assign(target=part.y) for part in parts.values())
    found = by_peer(python, "flaml", known, asked, "target", limit, "xgboost")
    scores = problems.load(case.problem).score(
        parts["test"].y, found.answers, case, metrics=[case.metric]
    )
    return {
        "pipeline": name,
        "by": "flaml",
        "seed": seed,
        "metric": case.metric,
        "folds": None,
        "test": float(scores[case.metric]),
        "seconds": found.seconds,
    }


def searched(name: str, sampler: Any, seed: int, trials: int) -> list[dict[str, Any]]:
    """Return what the default settings and those that a search has found score, and its seconds."""
    overrides = [f"seed={seed}"]
    params = parameters.load(overrides=overrides)
    wish = Wish(name, sampler, Budget(trials=trials))
    began = time.monotonic()
    outcome = tuning.carry_out(wish, overrides, None, threading.Event(), lambda _: None)
    seconds = time.monotonic() - began
    assert outcome.best is not None
    better = outcome.gain.value > 0
    chosen = settings.changed(params, name, outcome.best.settings if better else {})
    log = places.log(f"benchmark@{name}")
    call = "benchmarks.tuning:test_score"
    best = outcome.best.value if better else outcome.present.value
    rows = {
        "default": (outcome.present.value, params, outcome.present.seconds),
        sampler: (best, chosen, seconds),
    }
    return [
        {
            "pipeline": name,
            "by": by,
            "seed": seed,
            "metric": outcome.metric.name,
            "folds": folds,
            "test": process.call_in_fork(call, (settings_of, name), log=log),
            "seconds": took,
            "gap": outcome.gap if by != "default" else None,
            "trials": outcome.counts if by != "default" else {"complete": 1},
            "settings": {k: settings.plain(v) for k, v in outcome.best.settings.items()}
            if by != "default" and better
            else {},
        }
        for by, (folds, settings_of, took) in rows.items()
    ]


def table(found: list[dict[str, Any]]) -> str:
    """Return the means over seeds, by pipeline and sampler."""
    lines = ["| pipeline, by | folds | test | seconds |", "|---|--:|--:|--:|"]
    for name, by in dict.fromkeys((row["pipeline"], row["by"]) for row in found):
        rows = {r["seed"]: r for r in found if (r["pipeline"], r["by"]) == (name, by)}.values()
        test, took = (statistics.mean(r[key] for r in rows) for key in ("test", "seconds"))
        folds = "" if by == "flaml" else f"{statistics.mean(r['folds'] for r in rows):.4f}"
        lines.append(f"| {name}, {by} | {folds} | {test:.4f} | {took:.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Search, print the table and leave the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pipelines", nargs="*", default=list(PIPELINES))
    parser.add_argument("--samplers", nargs="*", default=list(SAMPLERS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--peers", type=Path, help="The Python of an environment with FLAML.")
    options = parser.parse_args()
    fork_server.warm(("train",))
    RESULT.parent.mkdir(exist_ok=True)
    known = json.loads(RESULT.read_text()) if RESULT.exists() else []
    found = [row for row in known if row["pipeline"] not in options.pipelines]
    for name in options.pipelines:
        for seed in range(1, options.seeds + 1):
            for sampler in options.samplers:
                found += searched(name, sampler, seed, options.trials)
                print(json.dumps(found[-1]), flush=True)
            if options.peers and name.endswith("xgboost"):
                found.append(by_flaml(options.peers, name, seed, found[-1]["seconds"]))
                print(json.dumps(found[-1]), flush=True)
        RESULT.write_text(json.dumps(found, indent=1) + "\n")
    print(table(found))


if __name__ == "__main__":
    main()
