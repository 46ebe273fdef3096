"""Ask which customers of a telephone company will leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case, Published

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

FLAGS = (
    "female",
    "senior_citizen",
    "partner",
    "dependents",
    "phone_service",
    "paperless_billing",
)
INTERNET_SERVICES = (
    "online_security",
    "online_backup",
    "device_protection",
    "tech_support",
    "streaming_tv",
    "streaming_movies",
)


def contract() -> pa.DataFrameSchema:
    """Return what every row must keep: types, ranges, categories, one row per customer."""
    from pandera.pandas import Check, Column, DataFrameSchema

    def one_of(*values: str | int) -> Column:
        return Column(type(values[0]), Check.isin(values))

    return DataFrameSchema(
        {
            "customer_id": Column(str, unique=True),
            "churn": one_of("No", "Yes"),
            **{name: one_of(0, 1) for name in FLAGS},
            "tenure": Column(int, Check.in_range(0, 1200, error="0 to 1,200 months")),
            "multiple_lines": one_of("No", "Yes", "No phone service"),
            "internet_service": one_of("No", "DSL", "Fiber optic"),
            **{name: one_of("No", "Yes", "No internet service") for name in INTERNET_SERVICES},
            "contract": one_of("Month-to-month", "One year", "Two year"),
            "payment_method": one_of(
                "Electronic check",
                "Mailed check",
                "Bank transfer (automatic)",
                "Credit card (automatic)",
            ),
            "monthly_charges": Column(float, Check.in_range(0, 1e5, error="0 to 100,000")),
            "total_charges": Column(
                float, Check.in_range(0, 1e8, error="0 to 100,000,000"), nullable=True
            ),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Give new customers, who were never billed, total charges of 0.

    A customer of more months whose total charges are missing keeps the gap: how to fill it is
    learned from the train rows, by the pipeline.
    """
    never_billed = records["total_charges"].isna() & (records["tenure"] == 0)
    records = records.assign(total_charges=records["total_charges"].mask(never_billed, 0.0))
    return records, {
        "total charges missing in the first month, before any bill: 0": int(never_billed.sum())
    }


case = Case(
    name="churn",
    title="Customer churn",
    question="Which customers of a telephone company will leave?",
    problem="classification",
    metric="roc_auc",
    id="customer_id",
    target="churn",
    positive="Yes",
    views=("table",),
    contract=contract,
    clean=clean,
    measured_in={"tenure": "months", "monthly_charges": "$", "total_charges": "$"},
    published=(
        Published(
            figure="roc_auc",
            value=(0.842, 0.850),
            source="several public projects on IBM's Telco table, 5 folds",
            note="0.9 and above means leakage, or test data that was resampled",
            told="reported",
        ),
    ),
)
