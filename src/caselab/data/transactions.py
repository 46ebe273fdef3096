"""Transactions made into customers: what each bought, how often, how lately, and sent back.

A line is one article of one invoice; a negative quantity, or an invoice whose number begins with C,
takes articles back. `clean` keeps of a line only what `customers` needs, in numbers: a table of ten
million lines takes half a gigabyte.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from caselab.errors import UserError

if TYPE_CHECKING:
    import pandera.pandas as pa

DISTINCT = ("customer_id", "invoice", "stock_code", "quantity", "amount", "time")
"""Lines equal in these are one line that was recorded twice."""

NO_ARTICLE = r"(?:POST|DOT|M|D|S|B|C2|C3|CRUK|BANK CHARGES|AMAZONFEE|GIFT.*|ADJUST\d*|TEST\d*)"
"""Stock codes of postage, manual corrections, discounts, samples, bad debt, fees, vouchers, tests."""

DAY = np.timedelta64(1, "D")
_EARLIEST, _LATEST = "1970-01-01", "2099-12-31"


def contract() -> pa.DataFrameSchema:
    """Return what every line must keep; `as_of`, when the question is asked, is for questions."""
    from pandera.pandas import Check, Column, DataFrameSchema

    dates = Check.in_range(
        pd.Timestamp(_EARLIEST), pd.Timestamp(_LATEST), error=f"{_EARLIEST} to {_LATEST}"
    )
    million = Check.in_range(-1e6, 1e6, error="-1,000,000 to 1,000,000")
    return DataFrameSchema(
        {
            "invoice": Column(str),
            "stock_code": Column(str),
            "quantity": Column(int, million),
            "time": Column("datetime64[ns]", dates),
            "price": Column(float, million),
            "customer_id": Column(str, nullable=True),
            "as_of": Column("datetime64[ns]", dates, nullable=True, required=False),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Keep the lines of articles that a known customer paid for or sent back.

    Leaves `customer_id`, `time`, `quantity`, the `amount` of money (negative where articles were
    taken back), `as_of` where it was given, and of invoice and stock code a number each.

    Raises:
        UserError: there is no column of customers.
    """
    if "customer_id" not in records:
        raise UserError("The lines have no column 'customer_id'; add who bought each of them.")
    invoice, stock_code = records["invoice"], records["stock_code"]
    taken_back = (records["quantity"] < 0) | _of_distinct(invoice, lambda each: each.str[:1] == "C")
    reasons = {
        "without a customer: dropped": records["customer_id"].isna(),
        "no article (postage, fees, corrections, tests): dropped": _of_distinct(
            stock_code, lambda each: each.str.upper().str.fullmatch(NO_ARTICLE)
        ),
        "price of 0 or less: dropped": records["price"] <= 0,
        "quantity of 0: dropped": records["quantity"] == 0,
    }
    kept, counts = np.ones(len(records), dtype=bool), {}
    for reason, found in reasons.items():  # a line counts under the first reason that holds
        first = kept & found.to_numpy(dtype=bool)
        counts[reason] = int(first.sum())
        kept &= ~first
    counts["cancelled or sent back: kept as returns"] = int((kept & taken_back).sum())
    lines = records[kept]
    amount = (lines["quantity"] * lines["price"]).abs()
    columns = {
        "customer_id": lines["customer_id"],
        "invoice": _numbers(lines["invoice"]),
        "stock_code": _numbers(lines["stock_code"]),
        "time": lines["time"],
        "quantity": lines["quantity"].astype(np.int32),
        "amount": amount.where(~taken_back[kept], -amount),
    }
    if "as_of" in lines:
        columns["as_of"] = lines["as_of"]
    return pd.DataFrame(columns).reset_index(drop=True), counts


def end(lines: pd.DataFrame) -> pd.Timestamp:
    """Return the midnight after the last of the lines, raw or cleaned.

    Raises:
        UserError: there are none.
    """
    if len(lines) == 0:
        raise UserError(
            "No line is left of an article that a known customer bought; add lines with a "
            "customer, a price above 0 and a positive quantity."
        )
    return pd.to_datetime(lines["time"]).max().normalize() + pd.Timedelta(days=1)


def asked_at(lines: pd.DataFrame) -> pd.Timestamp:
    """Return when the question is asked: the last `as_of` that is given, else the lines' end.

    Raises:
        UserError: there are no lines.
    """
    given = lines["as_of"].max() if "as_of" in lines else pd.NaT
    return end(lines) if pd.isna(given) else given


def customers(lines: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return one row per customer who bought anything before `as_of`, in order of first purchases.

    Nothing that happened at `as_of` or later is looked at. Amounts are in the currency of the
    lines, times in days: `recency` since the last purchase, `tenure` since the first. `monetary` is
    what was paid less what was given back, 0 at least (articles may have been bought before the
    first line); `frequency` counts invoices, `breadth` articles that differ; `returns` is
    how often articles were sent back for each invoice, at most 1; `basket` is the mean amount of
    an invoice.

    Raises:
        UserError: nobody bought anything before `as_of`.
    """
    lines = lines[lines["time"] < as_of]
    bought = lines[lines["amount"] > 0]
    if len(bought) == 0:
        raise UserError(
            f"No line before {as_of:%Y-%m-%d} is a purchase; add lines that are not cancelled, or "
            "give a later as_of."
        )
    of, ids = pd.factorize(bought["customer_id"])
    n_customers, amount = len(ids), bought["amount"].to_numpy()
    time = bought["time"].to_numpy()
    first, last = _extremes(of, time)
    paid = np.bincount(of, amount, n_customers)
    frequency = distinct(of, bought["invoice"].to_numpy(), n_customers)
    back = lines[lines["amount"] < 0]
    sender = ids.get_indexer(pd.Index(back["customer_id"]))
    known = sender >= 0
    returned = np.bincount(sender[known], -back["amount"].to_numpy()[known], n_customers)
    times_back = distinct(sender[known], back["invoice"].to_numpy()[known], n_customers)
    now: Any = np.datetime64(as_of)
    return pd.DataFrame(
        {
            "customer_id": ids.astype(object),
            "recency": (now - last) / DAY,
            "frequency": frequency,
            "monetary": np.maximum(paid - returned, 0.0),
            "tenure": (now - first) / DAY,
            "breadth": distinct(of, bought["stock_code"].to_numpy(), n_customers),
            "returns": np.minimum(times_back / frequency, 1.0),
            "basket": paid / frequency,
            "articles_per_order": np.bincount(of, minlength=n_customers) / frequency,
        }
    )


def spent(
    lines: pd.DataFrame, customer_ids: pd.Series, start: pd.Timestamp, stop: pd.Timestamp
) -> np.ndarray:
    """Return what each customer paid from `start` until before `stop` less what came back, 0 at least."""
    of, amount, _ = _between(lines, customer_ids, start, stop)
    return np.maximum(np.bincount(of, amount, len(customer_ids)), 0.0)


def days_bought(
    lines: pd.DataFrame, customer_ids: pd.Series, start: pd.Timestamp, stop: pd.Timestamp
) -> np.ndarray:
    """Return on how many days each customer bought from `start` until before `stop`."""
    of, amount, time = _between(lines, customer_ids, start, stop)
    bought = amount > 0
    days = time[bought].astype("datetime64[D]").astype(np.int64)
    return distinct(of[bought], days, len(customer_ids))


def _between(
    lines: pd.DataFrame, customer_ids: pd.Series, start: pd.Timestamp, stop: pd.Timestamp
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return customers' positions, amounts and times of the lines in a span."""
    lines = lines[(lines["time"] >= start) & (lines["time"] < stop)]
    of = pd.Index(customer_ids).get_indexer(lines["customer_id"])
    known = of >= 0
    return of[known], lines["amount"].to_numpy()[known], lines["time"].to_numpy()[known]


def distinct(of: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Return how many different values each of `count` groups has; `of` numbers the values' groups."""
    pairs = pd.DataFrame({"of": of, "value": values}).drop_duplicates()
    return np.bincount(pairs["of"], minlength=count)


def _extremes(of: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last time of each group."""
    found = pd.Series(time).groupby(of).agg(["min", "max"])
    return found["min"].to_numpy(), found["max"].to_numpy()


def _of_distinct(column: pd.Series, rule: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Apply a rule of text to each different value once."""
    codes, values = pd.factorize(column)
    found = rule(pd.Series(values, dtype=object)).to_numpy(dtype=bool)
    return pd.Series(found[codes], index=column.index)


def _numbers(column: pd.Series) -> np.ndarray:
    """Return a number for each text, the same in every batch (pandas' hash of 64 bits)."""
    hashes: np.ndarray = pd.util.hash_array(column.to_numpy(dtype=object))
    return hashes
