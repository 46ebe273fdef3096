"""What a contract says of a record, as JSON Schema has it."""

import numpy as np
import pandas as pd
import pytest

from caselab import cases
from caselab.serving import fields


@pytest.mark.parametrize("name", cases.names())
def test_every_cases_contract_can_be_told(name):
    case = cases.load(name)
    found = fields.fields(case)
    schema = fields.schema(case, found, None)
    assert set(schema["properties"]) == set(case.contract().columns) - {case.target, case.official}
    assert case.id not in schema["required"]
    for field in found:
        assert field.schema["type"]


def test_types_ranges_and_categories_are_told():
    case = cases.load("churn")
    known = {field.name: field.schema for field in fields.fields(case)}
    assert known["total_charges"] == {
        "type": ["number", "null"],
        "minimum": 0.0,
        "maximum": 1e8,
        "description": "0 to 100,000,000; $",
    }
    assert known["female"] == {"type": "integer", "enum": [0, 1]}
    picture = {field.name: field.schema for field in fields.fields(cases.load("images_digits"))}
    assert picture["picture"] == {"type": "string", "contentEncoding": "base64"}
    time = {field.name: field.schema for field in fields.fields(cases.load("demand"))}
    assert time["time"]["format"] == "date-time"


def test_values_of_a_table_are_as_json_has_them():
    table = pd.DataFrame(
        {
            "n": pd.array([1, None], dtype="Int64"),
            "x": [0.1 + 0.2, np.nan],
            "t": pd.to_datetime(["2026-03-01 12:00", None]),
            "list": [np.array([1.5, np.inf]), ["a", None]],
            "b": [b"\x00", None],
        }
    )
    assert fields.rows(table) == [
        {"n": 1, "x": 0.30000000000000004, "t": "2026-03-01 12:00:00", "list": [1.5, None], "b": "AA=="},
        {"n": None, "x": None, "t": None, "list": ["a", None], "b": None},
    ]  # fmt: skip
    assert fields.rows(table.head(0)) == []
