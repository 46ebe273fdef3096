"""How often a watch of churn calls a change where there is none, and how soon where there is one.

    python -m benchmarks.watching

Forty times customers are drawn apart: those that a logistic regression learns from, those that it is
tested on, and 1,250 that it meets later. These make five windows of 250 customers each, 200 in all, in
which nothing has moved; inputs, answers, labels and quality are watched as `caselab watch` does.

Then, forty times again, the 1,250 come one after the other, and from the 500th on prices are higher
and some have a contract of three years, in three sizes. The last 250 are looked at every 50 requests,
without labels, which come late.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from scipy import stats

from caselab import architectures, cases, features, problems
from caselab import params as parameters
from caselab.data import raw_records
from caselab.data.contracts import Contract
from caselab.evaluation.intervals import intervals
from caselab.watching import calibration, changes, columns, quality, references, watch, windows
from caselab.watching.references import Reference

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks/results/watching.json"
TELCO = ROOT / "src/caselab/sources/telco.parquet"
DRAWS, WINDOW, WINDOWS = 40, 250, 5
BEGIN, EVERY = 500, 50
SIZES = {"small": (1.05, 0.05), "middle": (1.1, 0.15), "great": (1.25, 0.3)}
"""By how much prices rise, and the share of three-year contracts."""

PARAMS = parameters.load(ROOT)
CASE = cases.load("churn")
PROBLEM = problems.load(CASE.problem)
CONTRACT = Contract(CASE.contract())


class Learned:
    """A model, what it learned from, and how it did on its test rows."""

    def __init__(self, train: pd.DataFrame, test: pd.DataFrame):
        block = PARAMS.pipelines["churn-logistic"]
        view = PARAMS.views[block.view]
        self.view = lambda table: features.load(view.view).view(table, **view.options)
        unfitted = architectures.build(block, view.view, CASE.problem, PARAMS.seed, PARAMS.threads)
        self.model = unfitted.fit(self.shown(train, self.view), train["churn"])
        given = self.answers(test)
        settings = PARAMS.cases["churn"].evaluation
        self.decision = PROBLEM.decision(test["churn"], given, CASE, settings)
        metric = quality.metric_of("churn")
        low, high = intervals(
            {metric.name: metric}, test["churn"], given, self.decision, CASE,
            units=np.arange(len(test)), seed=PARAMS.seed,
        )[metric.name]  # fmt: skip
        value = metric.function(test["churn"], given, self.decision, CASE)
        self.then = {"value": float(value), "low": low, "high": high}
        told = references.without_complements(self.decided(given))
        self.reference = Reference(
            rows=len(train),
            columns=columns.summaries(self.shown(train, lambda table: table))[0],
            answers=columns.summaries(told)[0],
            target=columns.summaries(train[["churn"]])[0],
            records=len(train),
            broken=0,
            calibration=calibration.fit("churn", test["churn"], given),
        )

    def shown(self, records: pd.DataFrame, view: Any) -> pd.DataFrame:
        """Return what a view shows of records."""
        return raw_records.rows(records, CASE, view, contract=CONTRACT).X

    def answers(self, records: pd.DataFrame) -> pd.DataFrame:
        """Return the model's answers."""
        return PROBLEM.answer(self.model, self.shown(records, self.view))

    def decided(self, given: pd.DataFrame) -> pd.DataFrame:
        """Return answers with what is decided."""
        return given.assign(decision=PROBLEM.decide(given, CASE, self.decision))

    def watched(self, records: pd.DataFrame, *, labelled: bool) -> list[changes.Change]:
        """Return what is compared of a window, not judged yet."""
        rows = windows.rows("churn", windows.Window(records, "the window"))
        given = self.answers(records)
        found = watch.compared(self.reference, rows.table, self.decided(given))
        found.append(watch.broken(self.reference, rows))
        if labelled:
            y = records["churn"]
            found += columns.compare("labels", self.reference.target, y.to_frame())
            seen = quality.measured("churn", y, given, self.decision, self.then, seed=PARAMS.seed)
            found += [] if seen is None else [seen.change()]
        return found


def main() -> None:
    """Watch what has not moved and what has, and print how often and how soon that is called."""
    telco = pd.read_parquet(TELCO)
    settings = PARAMS.watching
    alarms = dict.fromkeys(("as set", "by p-value alone"), 0)
    delays: dict[str, list[int | None]] = {name: [] for name in SIZES}
    for draw in range(DRAWS):
        random = np.random.default_rng([PARAMS.seed, draw])
        order = random.permutation(len(telco))
        later, test, train = np.split(order, [WINDOW * WINDOWS, 2 * WINDOW * WINDOWS])
        learned = Learned(*(telco.iloc[part].reset_index(drop=True) for part in (train, test)))
        stream = telco.iloc[later].reset_index(drop=True)
        for start in range(0, len(stream), WINDOW):
            part = stream.iloc[start : start + WINDOW].reset_index(drop=True)
            found = learned.watched(part, labelled=True)
            for name, least in (("as set", settings.least_effect), ("by p-value alone", 0.0)):
                judged = changes.judged(found, settings.false_alarms, least)
                alarms[name] += any(change.moved for change in judged)
        for name, size in SIZES.items():
            delays[name].append(delay(learned, changed(stream, *size, random)))
        Console().print(f"draw {draw + 1} of {DRAWS}: {alarms}", highlight=False)
    result = {
        "stated": settings.false_alarms,
        "windows": DRAWS * WINDOWS,
        "comparisons": len(found),
        "false alarms": {name: share(count, DRAWS * WINDOWS) for name, count in alarms.items()},
        "changes": {name: summary(name, found) for name, found in delays.items()},
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    Console().print_json(data=result)


def changed(
    stream: pd.DataFrame, factor: float, share: float, random: np.random.Generator
) -> pd.DataFrame:
    """Return the stream in which prices have risen from the 500th customer on, and a contract is new."""
    after = np.arange(len(stream)) >= BEGIN
    new = after & (random.random(len(stream)) < share)
    prices = stream["monthly_charges"]
    return stream.assign(
        monthly_charges=prices.where(~after, prices * factor),
        contract=stream["contract"].mask(new, "Three year"),
    )


def delay(learned: Learned, stream: pd.DataFrame) -> int | None:
    """Return after how many changed requests the watch says so, None where it never does."""
    settings = PARAMS.watching
    for end in range(BEGIN + EVERY, len(stream) + 1, EVERY):
        part = stream.iloc[end - WINDOW : end].reset_index(drop=True)
        found = learned.watched(part, labelled=False)
        judged = changes.judged(found, settings.false_alarms, settings.least_effect)
        if any(change.moved for change in judged):
            return end - BEGIN
    return None


def summary(name: str, found: list[int | None]) -> dict[str, Any]:
    """Return how many changes of a size were found, and how soon."""
    known = [each for each in found if each is not None]
    factor, new = SIZES[name]
    return {
        "prices": round(factor - 1, 3),
        "three years": new,
        "found": share(len(known), len(found)),
        "delay": {
            "median": float(np.median(known)) if known else None,
            "ninth of ten": float(np.quantile(known, 0.9)) if known else None,
        },
    }


def share(count: int, of: int) -> dict[str, Any]:
    """Return a share with its exact interval (Clopper and Pearson, 1934)."""
    interval = stats.binomtest(count, of).proportion_ci(0.95, "exact")
    ends = [round(float(end), 4) for end in (interval.low, interval.high)]
    return {"count": count, "share": count / of, "interval": ends}


if __name__ == "__main__":
    main()
