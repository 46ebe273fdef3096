"""Read a user's own table: CSV in its many dialects, Parquet or Excel."""

import codecs
import csv
import io
import re
import warnings
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from caselab.errors import UserError, unknown
from caselab.numbers import counted
from caselab.sources.own import identities
from caselab.sources.own.plain import plain

DELIMITERS = ",;\t|"
BLANKS = ["", "NA", "N/A", "NaN", "nan", "NULL", "null"]
"""What stands for a missing value; not pandas' longer list, where the category `None` is lost."""
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
        ".csv": partial(_read_csv, delimiter=delimiter, encoding=encoding, words=words),
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
    _check_header(path, list(table.columns))
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


def _read_csv(
    path: Path,
    content: bytes,
    delimiter: str | None,
    encoding: str | None,
    words: tuple[str, ...],
) -> pd.DataFrame:
    text = _decode(path, content, encoding)
    header = re.search(r"[^\r\n]*\S[^\r\n]*", text)[0]  # type: ignore[index]  # not empty
    if delimiter is not None and len(delimiter) != 1:
        raise UserError(f"The delimiter {delimiter!r} of {path} must be one sign; correct it.")
    delimiter = delimiter or max(DELIMITERS, key=lambda each: len(_fields(header, each)))
    _check_header(path, list(filter(str.strip, _fields(header, delimiter))))
    # Where semicolons part the fields, the comma is free for decimals, as in much of Europe.
    comma = delimiter == ";" and re.search(r'[;\n]"?-?\d+,\d+"?(?=[;\r\n])', text)
    several = len(_fields(header, delimiter)) > 1
    if not several:  # an empty line between others is a record without its value
        text = f"{text.strip()}\n"
    dialect: dict[str, Any] = {
        "sep": delimiter,
        "index_col": False,
        "skipinitialspace": True,
        "skip_blank_lines": several,
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # rows longer than the header
            table = pd.read_csv(
                io.StringIO(text),
                **dialect,
                decimal="," if comma else ".",
                keep_default_na=False,
                na_values=BLANKS,
                dtype=dict.fromkeys(words, str),
                low_memory=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        columns = counted(len(_fields(header, delimiter)), "column")
        raise UserError(
            f"{path} is no regular table of {columns} parted by {delimiter!r}, as its first line "
            f"{_shortened(header)!r} has it ({_longer(text, delimiter) or _first_line(error)}); mend "
            "that line, tell the delimiter, or remove what stands above the columns' names."
        ) from None
    if comma:
        table = table.assign(**_with_points(table.drop(columns=list(words), errors="ignore")))
    return table.assign(**_as_written(text, dialect, table))


def _decode(path: Path, content: bytes, encoding: str | None) -> str:
    if encoding is not None:
        encodings = [_known(encoding)]
    elif content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]  # cp1252: latin-1 and the signs Windows added to it
    for each in encodings:
        try:
            text = content.decode(each)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text):
            return text
    raise UserError(
        f"{path} is not text in {' or '.join(encodings)}, so it is no CSV file; save it again as "
        "CSV in UTF-8, tell its encoding, or give it the ending of what it is."
    )


def _known(encoding: str) -> str:
    try:
        b"x".decode(encoding, "ignore")
    except LookupError:  # none, or one of no text, such as rot13
        raise UserError(
            f"There is no encoding {encoding!r}; write it like utf-8, latin-1, cp1252 or utf-16-le."
        ) from None
    return encoding


def _fields(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter))


def _longer(text: str, delimiter: str) -> str | None:
    """Say which line is the first that has more fields than the header, None where none has."""
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    wanted = len(next(filter(None, lines)))
    for fields in lines:
        if len(fields) > wanted:
            extra = _shortened(fields[wanted].strip())
            return f"line {lines.line_num:,} has {len(fields)} fields, {extra!r} the first too many"
    return None


def _check_header(path: Path, names: list[str]) -> None:
    names = [name.strip() for name in names]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UserError(
            f"{path} has more than one column named {', '.join(map(repr, twice))}; rename them."
        )


def _check_is_header(path: Path, table: pd.DataFrame) -> None:
    """Refuse a title that stands above the columns' names: most columns would have none."""
    held = [name for name in table.columns if table[name].notna().any()]
    unnamed = [name for name in held if UNNAMED.fullmatch(name)]
    if len(unnamed) > len(held) - len(unnamed):
        first = next((name for name in table.columns if name not in unnamed), "")
        raise UserError(
            f"{path} names {len(held) - len(unnamed)} of its {len(held)} columns in its first line "
            f"({_shortened(first)!r}); name the others, or remove what stands above the names."
        )


def _with_points(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Return columns of decimal commas that some words keep from being numbers, with decimal points."""
    found = {}
    for name in table.select_dtypes(object):
        cells = table[name].astype("string")
        numbers = cells.str.fullmatch(r"-?\d+(,\d+)?").fillna(value=False).astype(bool)
        if numbers.sum() >= cells.notna().sum() / 2 and cells[numbers].str.contains(",").any():
            found[str(name)] = table[name].mask(numbers, cells.str.replace(",", "."))
    return found


def _as_written(text: str, dialect: dict[str, Any], table: pd.DataFrame) -> dict[str, pd.Series]:
    """Return what pandas' types would change as the text it is: codes such as 00417, and TRUE."""
    truths = [name for name in table.columns if pd.api.types.is_bool_dtype(table[name])]
    whole = [name for name in table.columns if pd.api.types.is_integer_dtype(table[name])]
    if not re.search(rf'(^|[{dialect["sep"]}"\s])0\d+', text):
        whole = []
    if not truths and not whole:
        return {}
    codes = pd.read_csv(
        io.StringIO(text),
        **dialect,
        usecols=[*truths, *whole],
        dtype=str,
    )
    return {
        str(name): codes[name]
        for name in codes
        if name in truths or codes[name].str.match(r"-?0\d").any()
    }


def _read_parquet(path: Path, content: bytes) -> pd.DataFrame:
    try:
        schema = pq.read_schema(io.BytesIO(content))
        _check_header(path, schema.names)
        table = pd.read_parquet(io.BytesIO(content))
        nested = [each.name for each in schema if pa.types.is_nested(each.type)]
        values = pq.read_table(io.BytesIO(content), columns=nested).to_pydict()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UserError(
            f"{path} is not a Parquet file ({_first_line(error)}); write it again."
        ) from None
    unnamed = all(name is None for name in table.index.names)
    if not unnamed:
        _check_header(path, [str(name) for name in (*table.index.names, *table.columns)])
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
            _check_header(path, [str(name) for name in header if pd.notna(name)])
            table = book.parse(sheet)
    except (zipfile.BadZipFile, OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{path} is not an Excel workbook ({_first_line(error)}); save it again as .xlsx."
        ) from None
    mixed = [
        name
        for name in table.select_dtypes(object)
        if pd.api.types.infer_dtype(table[name]).startswith("mixed")
    ]
    as_text = table.astype(dict.fromkeys(mixed, "string"))  # a column of a table has one type
    return as_text.astype(dict.fromkeys(mixed, object))


def _shortened(line: str) -> str:
    return line if len(line) <= 40 else f"{line[:39]}…"


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
