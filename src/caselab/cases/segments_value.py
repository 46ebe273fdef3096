"""Ask what each customer of an online shop will spend in the next quarter.

Customers are seen as they were 90 days before the last line; what they spent from then on is the
target. Nothing that a model sees happened at the cut or later. In a question there is no cut: all
its lines, or those before its `as_of`, are the past.

The primary metric is the mean absolute error in pounds: what a plan is wrong by per customer. The
squared error would rank models by how they guess a handful of wholesale accounts, and a rank
correlation would not notice a forecast that is twice too high; both stand beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from caselab.cases import Case
from caselab.data import transactions

if TYPE_CHECKING:
    import numpy as np

QUARTER = pd.Timedelta(days=90)
YEAR = pd.Timedelta(days=365)


DAYS = ("recency", "tenure", "days_bought", "days_90", "days_365")
POUNDS = (
    "spend",
    "monetary",
    "value_per_day",
    "spend_30",
    "spend_90",
    "spend_180",
    "spend_365",
    "spend_same_quarter",
)
"""What rows are measured in."""


def aggregate(lines: pd.DataFrame) -> pd.DataFrame:
    """Return one row per customer who had bought before the question is asked, and its target.

    The target is there where the lines are no question: where they have no `as_of`.

    Raises:
        UserError: nobody had bought anything by then.
    """
    if "as_of" in lines:
        return features(lines, transactions.asked_at(lines))
    cut = transactions.end(lines) - QUARTER
    rows = features(lines, cut)
    return rows.assign(
        spend=transactions.spent(lines, rows["customer_id"], cut, cut + QUARTER).round(2)
    )


def ask(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines before the cut, with the cut as the day on which the question is asked."""
    cut = transactions.end(lines) - QUARTER
    before = lines[pd.to_datetime(lines["time"]) < cut]
    return before.assign(as_of=cut).reset_index(drop=True)


def features(lines: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return what is known of each customer before `as_of`; amounts in pounds, times in days.

    `days_bought`, `recency`, `tenure` and `value_per_day` are what BG/NBD and Gamma-Gamma need.
    """
    rows = transactions.customers(lines, as_of)
    ids = rows["customer_id"]

    def spent(start: int, stop: int) -> np.ndarray:
        """Return what was spent from so many days ago until so many days ago."""
        begin, end = (as_of - pd.Timedelta(days=days) for days in (start, stop))
        return transactions.spent(lines, ids, begin, end)

    days = transactions.days_bought(lines, ids, pd.Timestamp.min, as_of)
    return rows.assign(
        days_bought=days,
        value_per_day=rows["monetary"] / days,
        spend_30=spent(30, 0),
        spend_90=spent(90, 0),
        spend_180=spent(180, 0),
        spend_365=spent(365, 0),
        spend_same_quarter=spent(365, 275),
        days_90=transactions.days_bought(lines, ids, as_of - QUARTER, as_of),
        days_365=transactions.days_bought(lines, ids, as_of - YEAR, as_of),
    )


case = Case(
    name="segments_value",
    title="Customer value",
    question="What will each customer of an online shop spend in the next 90 days?",
    problem="regression",
    metric="mae",
    id="customer_id",
    target="spend",
    positive=None,
    views=("table", "columns"),
    contract=transactions.contract,
    clean=transactions.clean,
    distinct=transactions.DISTINCT,
    aggregate=aggregate,
    ask=ask,
    optional=("as_of",),
    measured_in=dict.fromkeys(DAYS, "days") | dict.fromkeys(POUNDS, "£"),
)
