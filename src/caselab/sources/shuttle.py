"""Sensors of a space shuttle, moment by moment, of which one in fourteen is out of the ordinary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import url, wheel_member
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

FILE = "river/datasets/shuttle.csv.gz"
COMMIT = "b12bc5d2b7ddc0d458b0ce524b5070f1a61122a5"
SHA256 = "1ed4bfa77233d95bff2c8ab2482725d2d800410daedf5919ad80ec6faf60ff59"


def read(path: Path) -> pd.DataFrame:
    """Return one row a moment, numbered in the order of the file."""
    import pandas as pd

    table = pd.read_csv(path, compression="gzip")
    table.insert(0, "row", range(1, len(table) + 1))
    return table


source = Source(
    title="Shuttle",
    licence="CC-BY-4.0 (Statlog, UCI); as packed in river: BSD-3-Clause",
    citation="Catlett: Statlog (Shuttle), UCI Machine Learning Repository, "
    "https://doi.org/10.24432/C5WS31; with the small classes as anomalies in Rayana (2016): ODDS "
    "Library, Stony Brook University",
    url="https://archive.ics.uci.edu/dataset/148/statlog+shuttle",
    mirrors=(
        Mirror(
            files=(
                url(f"https://raw.githubusercontent.com/online-ml/river/{COMMIT}/{FILE}", SHA256),
            ),
            read=read,
        ),
        Mirror(files=(wheel_member("river==0.26.1", FILE, SHA256),), read=read),
    ),
)
