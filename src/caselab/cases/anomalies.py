"""Ask which moments of a space shuttle's flight are out of the ordinary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case, Published

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

SENSORS = tuple(f"f{number}" for number in range(1, 10))
PYOD = "Zhao, Nasrullah and Li (2019), PyOD, its table of ROC-AUC: {}"
SPLIT = "the same 49,097 rows, 60 % to learn from, mean of 10 random splits"


def contract() -> pa.DataFrameSchema:
    """Return what every row must keep: nine whole numbers, and whether it is an anomaly."""
    from pandera.pandas import Check, Column, DataFrameSchema

    far = Check.in_range(-1_000_000, 1_000_000, error="-1,000,000 to 1,000,000")
    return DataFrameSchema(
        {
            "row": Column(int, unique=True),
            **{name: Column(int, far) for name in SENSORS},
            "anomaly": Column(int, Check.isin([0, 1])),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Repair nothing: no value is missing, and what is far from all others is what is asked for."""
    return records, {}


case = Case(
    name="anomalies",
    title="Moments of a shuttle",
    question="Which moments of a space shuttle's flight are out of the ordinary?",
    problem="anomalies",
    metric="roc_auc",
    id="row",
    target="anomaly",
    positive=1,
    views=("table",),
    contract=contract,
    clean=clean,
    published=(
        Published("roc_auc", 0.9967, PYOD.format("isolation forest"), SPLIT),
        Published("roc_auc", 0.9919, PYOD.format("one-class SVM"), SPLIT),
        Published("roc_auc", 0.9899, PYOD.format("PCA"), SPLIT),
        Published("roc_auc", 0.531, PYOD.format("local outlier factor"), SPLIT),
    ),
)
