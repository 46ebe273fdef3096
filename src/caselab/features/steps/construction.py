"""Feature construction, with nothing fitted: ratios, parts of dates, counts of texts, the past.

What looks at other rows looks back along an order, within a group, and so shows a row as it could
have been shown on its day.
"""

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from caselab.errors import UserError, unknown

DatePart = Literal[
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "day_of_week",
    "day_of_year",
    "hour",
    "minute",
    "days",
]
Fill = Literal["none", "forward", "backward", "moving_average"]


def numbers(records: pd.DataFrame) -> list[Any]:
    """Return the columns of numbers; booleans are none."""
    return [
        name
        for name in records.columns
        if is_numeric_dtype(records[name]) and not is_bool_dtype(records[name])
    ]


def ratios(records: pd.DataFrame, pairs: Sequence[tuple[Any, Any]]) -> dict[str, pd.Series]:
    """Return each first column divided by its second, missing where the divisor is zero."""
    return {
        f"{above}/{below}": records[above] / records[below].where(records[below] != 0)
        for above, below in pairs
    }


def pairs(records: pd.DataFrame, asked: Sequence[str]) -> list[tuple[Any, Any]]:
    """Return the columns that each `above/below` names.

    Raises:
        UserError: there are no two columns of numbers of these names.
    """
    known = {
        f"{above}/{below}": (above, below) for above, below in permutations(numbers(records), 2)
    }
    for name in asked:
        if name not in known:
            raise unknown("ratio", name, list(known))
    return [known[name] for name in asked]


def date_parts(dates: pd.Series, parts: Sequence[DatePart]) -> Iterator[tuple[str, pd.Series]]:
    """Yield each part of a column of dates, named `column_part`, missing where the date is.

    `day_of_week` counts from Monday, 0; `days` are those since 1970, with their fraction.
    """
    at = dates.dt
    for part in parts:
        if part == "days":
            since = dates - pd.Timestamp(0, tz=at.tz)
            values = since.dt.total_seconds() / 86_400
        elif part == "week":
            values = at.isocalendar().week
        else:
            values = getattr(at, part)
        yield f"{dates.name}_{part}", values.astype("float64")


def text_counts(texts: pd.Series) -> Iterator[tuple[str, pd.Series]]:
    """Yield counts of a column of texts; a text that is missing has none of anything.

    `letters`, `words`, `digits`, `capitals` and `marks` (neither letter, digit nor blank).
    """
    text = texts.astype("string").fillna("").str
    for name, pattern in (
        ("letters", r"[^\W\d_]"),
        ("words", r"\S+"),
        ("digits", r"\d"),
        ("capitals", r"[A-ZÀ-ÖØ-Þ]"),
        ("marks", r"[^\w\s]|_"),
    ):
        yield f"{texts.name}_{name}", text.count(pattern).astype("float64")


class Ordered:
    """Records in order of a column, within groups; columns come back in the records' own order.

    Rows of the same place in the order follow each other as they stand in the table.

    Raises:
        UserError: one of the columns is not there, or the order has gaps.
    """

    def __init__(self, records: pd.DataFrame, order: str, group: str | None):
        for name in (order, *([group] if group else [])):
            if name not in records:
                raise unknown("column", name, list(map(str, records.columns)))
        if gaps := int(records[order].isna().sum()):
            raise UserError(
                f"The column {order!r}, by which rows are ordered, is missing in {gaps:,} of "
                f"{len(records):,} rows; fill or drop these in the case's `clean`."
            )
        self.records = records
        self.places = np.argsort(records[order].to_numpy(), kind="stable")
        of_all = np.zeros(len(records), dtype=int)
        codes = of_all if group is None else pd.factorize(records[group], use_na_sentinel=False)[0]
        self.codes = codes[self.places]

    def before(self, name: Any, steps: int) -> pd.Series:
        """Return the value of the row so many steps before."""
        return self._back(self._groups(name).shift(steps))

    def mean_before(self, name: Any, window: int) -> pd.Series:
        """Return the mean of the `window` rows before, of those that are not missing."""
        shifted = self._groups(name).shift(1)
        means = shifted.groupby(self.codes).rolling(window, min_periods=1).mean()
        return self._back(means.droplevel(0).reindex(shifted.index))

    def filled(self, name: Any, fill: Fill, window: int) -> pd.Series:
        """Return the column with its gaps filled from neighbours, as far as these have values."""
        column = self.records[name]
        if not column.isna().any():
            return column
        if fill == "moving_average":
            return column.where(column.notna(), self.mean_before(name, window))
        groups = self._groups(name)
        return self._back(groups.ffill() if fill == "forward" else groups.bfill())

    def _groups(self, name: Any) -> Any:
        return self._column(name).groupby(self.codes)

    def _column(self, name: Any) -> pd.Series:
        return self.records[name].iloc[self.places].reset_index(drop=True)

    def _back(self, column: pd.Series) -> pd.Series:
        back = np.empty_like(self.places)
        back[self.places] = np.arange(len(self.places))
        restored = column.iloc[back]
        restored.index = self.records.index
        return restored


def with_past(
    records: pd.DataFrame,
    order: str,
    group: str | None,
    fill: Fill,
    lags: tuple[int, ...],
    rolling: tuple[int, ...],
    of: tuple[str, ...],
    window: int,
) -> pd.DataFrame:
    """Return the records with gaps filled from their neighbours, and columns of the past."""
    among = Ordered(records, order, group)
    others = [name for name in records.columns if name not in (order, group)]
    if fill != "none":
        able = numbers(records) if fill == "moving_average" else others
        chosen = [name for name in of or others if name in able]
        filled = {name: among.filled(name, fill, window) for name in chosen}
        records = records.assign(**filled)
        among = Ordered(records, order, group)
    chosen = [name for name in of or numbers(records) if name in others]
    past = {f"{name}_lag_{steps}": among.before(name, steps) for name in chosen for steps in lags}
    past |= {
        f"{name}_mean_of_{rows}": among.mean_before(name, rows)
        for name in chosen
        for rows in rolling
    }
    return records.assign(**past)
