import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from caselab import sources
from caselab.errors import UserError
from caselab.stages import fetch

FOLDER = Path("data/raw/telco")


def test_the_built_in_table_and_what_a_user_must_know(project, churn_params):
    fetch.run(churn_params(), "telco")
    source = sources.load("src/caselab/sources/telco.py")
    pd.testing.assert_frame_equal(
        pd.read_parquet(FOLDER / "records.parquet"), sources.records(source)
    )
    told = json.loads((FOLDER / "source.json").read_text())
    assert told["rows"] == 7043
    assert told["licence"] == "Apache-2.0"
    assert told["citation"] == source.citation
    assert told["columns"]["monthly_charges"] == "float64"


def test_twice_the_same_bytes(project, churn_params):
    fetch.run(churn_params(), "telco")
    first = {path: path.read_bytes() for path in FOLDER.iterdir()}
    fetch.run(churn_params(), "telco")
    assert {path: path.read_bytes() for path in FOLDER.iterdir()} == first
    assert len(first) == 2


def test_a_users_table_takes_its_place(project, churn_params):
    (project / "customers.csv").write_bytes("id;city\n1;Köln\n".encode("utf-8-sig"))
    fetch.run(churn_params("customers.csv"), "telco")
    records = pd.read_parquet(FOLDER / "records.parquet")
    assert records.to_dict("list") == {"id": [1], "city": ["Köln"]}
    assert json.loads((FOLDER / "source.json").read_text())["title"] == "customers.csv"


def test_a_table_of_mixed_types_in_one_column(project, churn_params):
    mixed = pd.DataFrame({"id": ["a", 7, 8], "charges": [1.5, " ", None]})
    mixed.to_excel("customers.xlsx", index=False)
    fetch.run(churn_params("customers.xlsx"), "telco")
    records = pd.read_parquet(FOLDER / "records.parquet")
    assert records["id"].tolist() == ["a", "7", "8"]
    assert records["charges"].tolist() == ["1.5", " ", None]


def test_a_long_table_can_be_read_in_parts(project, churn_params):
    pd.DataFrame({"id": range(600_000)}).to_parquet("customers.parquet")
    fetch.run(churn_params("customers.parquet"), "telco")
    written = pq.ParquetFile(FOLDER / "records.parquet").metadata
    rows = [written.row_group(number).num_rows for number in range(written.num_row_groups)]
    assert rows == [250_000, 250_000, 100_000]


def test_a_bad_file_leaves_what_was_there(project, churn_params):
    fetch.run(churn_params(), "telco")
    (project / "customers.parquet").write_bytes(b"")
    with pytest.raises(UserError, match=r"customers\.parquet is empty"):
        fetch.run(churn_params("customers.parquet"), "telco")
    assert len(pd.read_parquet(FOLDER / "records.parquet")) == 7043
