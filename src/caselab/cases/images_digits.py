"""Ask which digit somebody wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case, Published

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

LABELS = tuple("0123456789")


def contract() -> pa.DataFrameSchema:
    """Return what every picture must keep: an id, the bytes of a file, a class, and its part."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "id": Column(str, unique=True),
            "picture": Column(object),
            "label": Column(str, Check.isin(LABELS)),
            "split": Column(str, Check.isin(("train", "test"))),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Keep every picture as it is; the view refuses a file that is none."""
    return records, {}


case = Case(
    name="images_digits",
    title="Handwritten digits",
    question="Which digit did somebody write?",
    problem="classification",
    metric="accuracy",
    id="id",
    target="label",
    positive=None,
    views=("pictures",),
    contract=contract,
    clean=clean,
    published=(
        Published(
            figure="accuracy",
            value=0.9905,
            source="LeCun et al. (1998), LeNet-5 without distortions",
            note="on the official test pictures; recalled, not looked up",
        ),
        Published(
            figure="accuracy",
            value=0.994,
            source="small convolutional networks of today",
            note="recalled, not looked up",
            told="reported",
        ),
    ),
    official="split",
)
