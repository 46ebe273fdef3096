"""Read a user's own table: CSV, Parquet or Excel."""

import io
import re
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from caselab.errors import UserError, unknown
from caselab.sources.own import delimited, headers, identities
from caselab.sources.own.plain import plain

UNNAMED = re.compile(r"Unnamed: \d+")
"""What pandas calls a column without a name."""


def read(
    path: Path,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: int | str = 0,
    row_id: str | None = None,
    words: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Return the table in `path` as it stands, with types only where they lose nothing.

    Args:
        path: its ending says what the file is.
        delimiter: of a CSV file; found from the header where none is given.
        encoding: of a CSV file; UTF-8, else latin-1, where none is given.
        sheet: of an Excel workbook, by name or by number from 0.
        row_id: a column to add, which names each row by a hash of what it holds.
        words: columns of a CSV file that are words even where all of them look like numbers.

    Raises:
        UserError: the file is missing, empty, or not what its ending says.
    """
    readers: dict[str, Callable[[Path, bytes], pd.DataFrame]] = {
        ".csv": partial(delimited.read, delimiter=delimiter, encoding=encoding, words=words),
        ".parquet": _read_parquet,
        ".xlsx": partial(_read_excel, sheet=sheet),
    }
    readers[".tsv"] = readers[".txt"] = readers[".csv"]
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UserError(
            f"{path} cannot be read as a table: its name must end in {', '.join(sorted(readers))}; "
            "save it in one of these forms."
        )
    content = _content(path)
    table = reader(path, content)
    if table.empty:
        raise UserError(
            f"{path} has {len(table.columns)} columns and no rows; export it with its rows."
        )
    table = table.set_axis([str(name).strip() for name in table.columns], axis="columns")
    headers.check(path, list(table.columns))
    _check_is_header(path, table)
    return identities.add(table, row_id) if row_id else table


def sheets(path: Path) -> list[str]:
    """Return the names of a workbook's sheets, in order."""
    with pd.ExcelFile(path, engine="openpyxl") as book:
        return [str(name) for name in book.sheet_names]


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserError(
            f"{path} does not exist; correct the source's origin in params.yaml, "
            "which counts from the project's root."
        ) from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}; name a readable file.") from None
    if not content.strip():
        raise UserError(f"{path} is empty ({len(content)} bytes); write it again.")
    return content


def _check_is_header(path: Path, table: pd.DataFrame) -> None:
    """Refuse a title that stands above the columns' names: most columns would have none."""
    held = [name for name in table.columns if table[name].notna().any()]
    unnamed = [name for name in held if UNNAMED.fullmatch(name)]
    if len(unnamed) > len(held) - len(unnamed):
        first = next((name for name in table.columns if name not in unnamed), "")
        raise UserError(
            f"{path} names {len(held) - len(unnamed)} of its {len(held)} columns in its first line "
            f"({headers.shortened(first)!r}); name the others, or remove what stands above the names."
        )


def _read_parquet(path: Path, content: bytes) -> pd.DataFrame:
    try:
        schema = pq.read_schema(io.BytesIO(content))
        headers.check(path, schema.names)
        table = pd.read_parquet(io.BytesIO(content))
        nested = [each.name for each in schema if pa.types.is_nested(each.type)]
        values = pq.read_table(io.BytesIO(content), columns=nested).to_pydict()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UserError(
            f"{path} is not a Parquet file ({headers.first_line(error)}); write it again."
        ) from None
    unnamed = all(name is None for name in table.index.names)
    if not unnamed:
        headers.check(path, [str(name) for name in (*table.index.names, *table.columns)])
    far = [name for name in table.select_dtypes(["datetime", "datetimetz"]) if _is_far(table[name])]
    table = table.astype(dict.fromkeys(far, "string")).astype(dict.fromkeys(far, object))
    as_words = {  # lists and structs, as databases' arrays and JSON
        name: pd.Series(
            [None if each is None else str(each) for each in values[name]],
            table.index,
            dtype=object,
        )
        for name in nested
    }
    return table.assign(**as_words).reset_index(drop=unnamed).apply(plain)


def _is_far(dates: pd.Series) -> bool:
    """Tell whether some are beyond what nanoseconds can count, such as 9999-12-31."""
    bounds = pd.Timestamp.min.year, pd.Timestamp.max.year
    return bool((~dates.dropna().dt.year.between(*bounds, inclusive="neither")).any())


def _read_excel(path: Path, content: bytes, sheet: int | str) -> pd.DataFrame:
    try:
        with pd.ExcelFile(io.BytesIO(content), engine="openpyxl") as book:
            if sheet not in [*range(len(book.sheet_names)), *book.sheet_names]:
                raise unknown(f"sheet in {path} named", str(sheet), map(str, book.sheet_names))
            header = book.parse(sheet, header=None, nrows=1).to_numpy().ravel()
            headers.check(path, [str(name) for name in header if pd.notna(name)])
            table = book.parse(sheet)
    except (zipfile.BadZipFile, OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{path} is not an Excel workbook ({headers.first_line(error)}); save it again as .xlsx."
        ) from None
    mixed = [
        name
        for name in table.select_dtypes(object)
        if pd.api.types.infer_dtype(table[name]).startswith("mixed")
    ]
    as_text = table.astype(dict.fromkeys(mixed, "string"))  # a column of a table has one type
    return as_text.astype(dict.fromkeys(mixed, object))
