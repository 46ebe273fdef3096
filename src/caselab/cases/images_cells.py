"""Ask whether a solar cell is defective."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caselab.cases import Case, Published

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

SURE = 0.5
"""Above this the experts took a defect for likelier than none; they said 0, 1/3, 2/3 or 1."""


def contract() -> pa.DataFrameSchema:
    """Return what every picture must keep: an id, the bytes of a file, how sure a defect is."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "id": Column(str, unique=True),
            "picture": Column(object),
            "probability": Column(float, Check.in_range(0, 1, error="0 to 1")),
            "module": Column(str, Check.isin(("mono", "poly"))),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Say what the experts thought likelier; the view refuses a file that is no picture."""
    if "probability" in records:
        states = np.where(records["probability"] > SURE, "defective", "functional")
        records = records.assign(state=states)
    return records, {}


def ask(records: pd.DataFrame) -> pd.DataFrame:
    """Take away what the experts said."""
    return records.drop(columns=["probability", "state"], errors="ignore")


case = Case(
    name="images_cells",
    title="Solar cells",
    question="Is a solar cell defective?",
    problem="classification",
    metric="accuracy",
    id="id",
    target="state",
    positive="defective",
    views=("pictures",),
    contract=contract,
    clean=clean,
    ask=ask,
    strata=("module", "state"),
    hidden=("probability", "module"),
    optional=("probability", "module"),
    published=(
        Published(
            figure="accuracy",
            value=0.8842,
            source="Deitsch et al. (2019), a convolutional network",
            note="a quarter of the cells is test, by their own split",
        ),
        Published(
            figure="accuracy",
            value=0.8244,
            source="Deitsch et al. (2019), a support vector machine",
            note="a quarter of the cells is test, by their own split",
        ),
    ),
)
