"""Ask what a noisy picture of clothing looked like before the noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa


def contract() -> pa.DataFrameSchema:
    """Return what every row must keep: an id, the files of a noisy and a clean picture, its part."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "id": Column(str, unique=True),
            "picture": Column(object),
            "clean": Column(object),
            "split": Column(str, Check.isin(("train", "test"))),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Keep every picture as it is; the view refuses a file that is none."""
    return records, {}


case = Case(
    name="images_denoised",
    title="Noise taken off clothing",
    question="What did a noisy picture of clothing look like before the noise?",
    problem="restoration",
    metric="psnr",
    id="id",
    target="clean",
    positive=None,
    views=("pictures",),
    contract=contract,
    clean=clean,
    official="split",
)
