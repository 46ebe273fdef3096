"""Tables of requests below each other, though each came with types of its own."""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from caselab.data import conversions


def stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all tables, each column in one type that Parquet has."""
    names = list(dict.fromkeys(str(name) for table in tables for name in table))
    return pd.DataFrame({name: _column([*tables], name) for name in names})


def _column(tables: Sequence[pd.DataFrame], name: str) -> pd.Series:
    present = [table.get(name) for table in tables]
    columns = [_plain(column) for column in present if column is not None]
    kinds = {kind for column in columns if (kind := _kind(column))}
    if len(kinds) > 1:
        columns = [conversions.to_text(column)[0].astype(object) for column in columns]
    filled = iter(columns)
    parts = [
        pd.Series([None] * len(table), dtype=object) if column is None else next(filled)
        for table, column in zip(tables, present, strict=True)
    ]
    told = [part for part in parts if part.notna().any()]
    dtype = (told or columns)[0].dtype
    if all(part.dtype == dtype for part in told):  # what is all missing has any type
        parts = [p if p.dtype == dtype else pd.Series(index=p.index, dtype=dtype) for p in parts]
    joined = pd.concat(parts, ignore_index=True)
    return joined if kinds <= {"number"} else _writable(joined)


def _plain(column: pd.Series) -> pd.Series:
    """Return a column whose type holds gaps without a change of the values."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.astype("boolean")
    if pd.api.types.is_integer_dtype(column.dtype):
        return column.astype("Int64")
    return column


def _kind(column: pd.Series) -> str:
    """Name what a column holds, nothing where all of it is missing."""
    if not column.notna().any():
        return ""
    if pd.api.types.is_bool_dtype(column.dtype):
        return "truth"
    if pd.api.types.is_numeric_dtype(column.dtype):
        return "number"
    return pd.api.types.infer_dtype(column, skipna=True)


def _writable(column: pd.Series) -> pd.Series:
    """Return values as they are where Parquet holds them, else as text."""
    if column.dtype != object:
        return column
    try:
        values = pa.array(column, from_pandas=True)
        if pa.types.is_nested(values.type):  # Arrow has some that Parquet has not, as {}
            pq.write_table(pa.table({"": values}), pa.BufferOutputStream())
    except (pa.ArrowException, OverflowError, UnicodeError):
        text = conversions.to_text(column)[0].astype(object)
        return text.map(_encodable, na_action="ignore")
    return column


def _encodable(text: str) -> str:
    """Return a text with half a sign (a lone surrogate) written by its number."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
