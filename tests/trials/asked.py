"""Requests of a trial, as a server logs them, and the labels that come later."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd

from caselab.serving import requests
from caselab.serving.requests import Answered
from caselab.watching import labels


def customers(n: int, seed: int = 0) -> pd.DataFrame:
    """Return customers, a third of whom leave, the sooner the shorter they stayed."""
    random = np.random.default_rng(seed)
    leaves = random.random(n) < 0.33
    tenure = np.where(leaves, random.integers(0, 60, n), random.integers(15, 72, n))
    ids = [f"customer {number}" for number in range(n)]
    return pd.DataFrame(
        {"customer_id": ids, "tenure": tenure, "churn": np.where(leaves, "Yes", "No")}
    )


def good(customers: pd.DataFrame) -> pd.Series:
    """Answer by what tells who leaves."""
    return 1 - customers["tenure"] / 80


def bad(customers: pd.DataFrame) -> pd.Series:
    """Answer by nothing."""
    random = np.random.default_rng(1)
    return pd.Series(random.random(len(customers)), index=customers.index)


def log(customers, yes, version, trial, *, latency=5.0, shadow=False):
    """Write a request about customers down, as a version answered it."""
    ids = customers["customer_id"]
    answers = pd.DataFrame(
        {
            "customer_id": ids,
            "No": 1 - yes,
            "Yes": yes,
            "decision": np.where(yes > 0.5, "Yes", "No"),
        }
    ).assign(notes="")
    request = "other" if ids.iloc[0].startswith("x") else "one"
    if ids.duplicated().any():
        request, rows = "again", range(len(ids))
    else:
        rows = [int(each.split()[-1]) for each in ids]
    records = customers[["customer_id", "tenure"]]
    requests.write(
        "churn",
        Answered(
            request, datetime.now(UTC), version, latency, records, answers, rows=rows, trial=trial,
            shadow=shadow,
        ),
    )  # fmt: skip


def label(customers: pd.DataFrame) -> None:
    """Tell what came true of customers that have asked."""
    found = requests.read("churn")
    known = pd.concat([found[labels.KEY], requests.records(found)], axis="columns")
    labels.add("churn", customers[["customer_id", "churn"]], known, replace=True)
