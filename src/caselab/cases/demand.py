"""Ask how much electricity a state will draw in each half hour of the next day.

A row is a midnight: the four weeks before it are known, and the 48 half hours after it are asked. Of
that day nothing is known but its calendar and whether it is a workday (`known`); its temperature is
not (`observed`), as nobody knows it at midnight.

The primary metric is the mean absolute scaled error: by it a forecast is compared with repeating the
same half hour of last week, at any time of the year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case
from caselab.data.series import ORIGIN, TimeSeries

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa


def contract() -> pa.DataFrameSchema:
    """Return what every half hour must keep; in a question those to come have no demand."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "time": Column("datetime64[ns]"),
            "demand": Column(float, Check.ge(0), nullable=True),
            "workday": Column(float, Check.isin((0, 1)), nullable=True),
            "temperature": Column(float, Check.in_range(-30, 60), nullable=True),
            ORIGIN: Column(str, nullable=True, required=False),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Repair nothing."""
    return records, {}


rows = TimeSeries(
    value="demand",
    step="30min",
    horizon=48,  # a day
    season=336,  # a week
    window=1344,  # four weeks
    contract=contract,
    known=("workday",),
    observed=("temperature",),
)

case = Case(
    name="demand",
    title="Electricity demand",
    question="How much electricity will Victoria draw in each half hour of the next day?",
    problem="forecasting",
    metric="mase",
    id="origin",
    target="ahead",
    positive=None,
    time="time",
    views=("windows",),
    contract=contract,
    clean=clean,
    aggregate=rows.aggregate,
    ask=rows.ask,
    past=True,
    optional=("origin",),
    measured_in={"ahead": "GW"},
)
