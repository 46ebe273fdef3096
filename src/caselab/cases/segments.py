"""Ask which customers of an online shop are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case
from caselab.data import transactions

if TYPE_CHECKING:
    import pandas as pd

SHOWN = ["customer_id", "recency", "frequency", "monetary", "tenure", "breadth", "returns"]


def aggregate(lines: pd.DataFrame) -> pd.DataFrame:
    """Return one row per customer, as of `as_of`, else of the midnight after the last line.

    Raises:
        UserError: nobody bought anything.
    """
    return transactions.customers(lines, transactions.asked_at(lines))[SHOWN]


def ask(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines with the day on which the question is asked: the same for any part of them."""
    return lines.assign(as_of=transactions.end(lines))


case = Case(
    name="segments",
    title="Customer segments",
    question="Which customers of an online shop are alike, and what should be done for them?",
    problem="clustering",
    metric="silhouette",
    id="customer_id",
    target=None,
    positive=None,
    views=("table",),
    contract=transactions.contract,
    clean=transactions.clean,
    distinct=transactions.DISTINCT,
    aggregate=aggregate,
    ask=ask,
    optional=("as_of",),
    measured_in={"recency": "days", "tenure": "days", "monetary": "£"},
)
