"""Ask which article of clothing a picture shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case, Published

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

LABELS = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


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
    name="images_fashion",
    title="Articles of clothing",
    question="Which article of clothing does a picture show?",
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
            value=0.898,
            source="Fashion-MNIST's README, XGBoost",
            note="on the official test pictures",
        ),
        Published(
            figure="accuracy",
            value=0.922,
            source="Fashion-MNIST's README, a convolutional network of 113,000 parameters",
            note="on the official test pictures",
        ),
        Published(
            figure="accuracy",
            value=0.949,
            source="Fashion-MNIST's README, ResNet18",
            note="on the official test pictures; a network 180 times as large as LeNet-5",
        ),
    ),
    official="split",
)
