"""Functions that judge a few records say what pandera says, on random tables."""

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from caselab import cases
from caselab.data import compiled
from caselab.data.contracts import Contract
from caselab.errors import UserError

DAYS = pa.Check.in_range(pd.Timestamp("1970-01-01"), pd.Timestamp("2100-01-01"), error="days")
COLUMNS = {
    "int": lambda **o: pa.Column(int, pa.Check.in_range(0, 99, error="0 to 99"), **o),
    "int of two": lambda **o: pa.Column(int, pa.Check.isin([0, 1]), **o),
    "int8": lambda **o: pa.Column("int8", pa.Check.ge(0), **o),
    "float": lambda **o: pa.Column(float, [pa.Check.gt(0, error="above 0"), pa.Check.le(10)], **o),
    "priced": lambda **o: pa.Column(
        float, metadata={"thousands": ",", "unit": "$", "missing": ["?", "-1"]}, **o
    ),
    "words": lambda **o: pa.Column(str, pa.Check.isin(["a", "b", "One year"]), **o),
    "name": lambda **o: pa.Column(str, pa.Check.str_length(min_value=1, max_value=3), **o),
    "form": lambda **o: pa.Column(str, pa.Check.str_matches("^[ab](?: [a-z]+)*$"), **o),
    "free": lambda **o: pa.Column(str, **o),
    "truth": lambda **o: pa.Column(bool, **o),
    "boolean": lambda **o: pa.Column("boolean", **o),
    "date": lambda **o: pa.Column("datetime64[ns]", DAYS, **o),
    "object": lambda **o: pa.Column(object, **o),
}
NUMBERS = (0, 1, 7, -3, 2**53 + 1, 0.5, 1.0, 300.0, np.inf, -np.inf, np.nan, 1e300)
WORDS = ("a", "b", " a ", "One year", "", " ", "?", "-1", "$1,234.5", "7", "07", "1e3", "1_000",
         "yes", "No", "TRUE", "2020-01-31", "31.02.2020", "1.0", "nan", "Infinity", "ümläut", "\x1fa")  # fmt: skip
OTHERS = (None, pd.NA, True, False, pd.Timestamp("2020-01-31"), pd.NaT, 3, 2.5, b"\x89", np.int8(4))
DTYPES = (None, "string", "category", "Int64", "Float64", "boolean", "float32", "int16",
          "datetime64[ns]", pd.ArrowDtype, "datetime64[ns, UTC]")  # fmt: skip


@some.composite
def series(draw, rows):
    """Values of one kind or another, in whatever type pandas can hold them."""
    pool = draw(some.sampled_from([NUMBERS, WORDS, NUMBERS[:4], WORDS[:4], WORDS + OTHERS]))
    values = draw(some.lists(some.sampled_from(pool), min_size=rows, max_size=rows))
    dtype = draw(some.sampled_from(DTYPES))
    try:
        if dtype is pd.ArrowDtype:
            return pd.Series(values).convert_dtypes(dtype_backend="pyarrow")
        return pd.Series(values, dtype=dtype)
    except (ValueError, TypeError, OverflowError):
        return pd.Series(values, dtype=object)


@some.composite
def table(draw):
    """A contract of one to three columns, and records for them."""
    rows = draw(some.integers(0, 5))
    kinds = draw(some.lists(some.sampled_from(sorted(COLUMNS)), min_size=1, max_size=3))
    columns, records = {}, {}
    for place, kind in enumerate(kinds):
        options = {"nullable": draw(some.booleans()), "unique": draw(some.booleans())}
        columns[f"{kind} {place}"] = COLUMNS[kind](**options)
        records[f"{kind} {place}"] = draw(series(rows))
    index = draw(some.sampled_from([None, [3] * rows]))
    return pa.DataFrameSchema(columns), pd.DataFrame(records, index=index)


def told(judged):
    return [(e.column, e.kind, e.rule, e.rows.tolist(), repr(e.given)) for e in judged.findings]


def both(schema, records):
    """Return what functions and what pandera say; an error as its words."""
    found = []
    for few in (len(records), -1):
        try:
            found.append(Contract(schema).judge(records, few=few))
        except (UserError, ValueError, TypeError) as error:
            found.append(f"{type(error).__name__}: {error}")
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(table())
def test_functions_and_pandera_say_the_same(drawn):
    schema, records = drawn
    assert compiled.columns(schema) is not None
    quick, full = both(schema, records)
    if isinstance(full, str) or isinstance(quick, str):
        assert quick == full
        return
    assert told(quick) == told(full)
    assert quick.converted == full.converted
    pd.testing.assert_frame_equal(quick.records, full.records)


def test_objects_stay_objects_though_they_are_dates():
    schema = pa.DataFrameSchema({"day": pa.Column(object), "n": pa.Column("boolean")})
    records = pd.DataFrame({"day": [pd.Timestamp("2020-01-31")] * 2, "n": [0, 1]}, index=[3, 3])
    quick, full = both(schema, records.astype({"day": object}))
    pd.testing.assert_frame_equal(quick.records, full.records)
    assert quick.records["day"].dtype == object


@pytest.mark.parametrize("name", cases.names())
def test_every_contract_of_ours_is_known_to_functions(name):
    assert compiled.columns(cases.load(name).contract()) is not None


def test_what_only_pandera_knows_is_left_to_it():
    schema = pa.DataFrameSchema({"n": pa.Column(int, pa.Check(lambda n: n % 2 == 0, error="even"))})
    assert compiled.columns(schema) is None
    (finding,) = Contract(schema).judge(pd.DataFrame({"n": [2, 3]})).findings
    assert (finding.kind, finding.rule, finding.rows.tolist()) == ("outside", "even", [1])
