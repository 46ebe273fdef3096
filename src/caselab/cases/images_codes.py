"""Ask how little says what a picture of clothing looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa


def contract() -> pa.DataFrameSchema:
    """Return what every picture must keep: an id, the bytes of a file, a class, and its part."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "id": Column(str, unique=True),
            "picture": Column(object),
            "label": Column(str),
            "split": Column(str, Check.isin(("train", "test"))),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Keep every picture as it is; the view refuses a file that is none."""
    return records, {}


case = Case(
    name="images_codes",
    title="Codes of clothing",
    question="By how few numbers can a picture of clothing be given back?",
    problem="compression",
    metric="psnr",
    id="id",
    target="label",  # judges codes, and teaches nothing
    positive=None,
    views=("pictures",),
    contract=contract,
    clean=clean,
    official="split",
)
