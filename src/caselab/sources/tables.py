"""Read a user's own table: CSV in its many dialects, Parquet or Excel."""

import codecs
import csv
import io
import re
import warnings
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa

from caselab.errors import UserError

DELIMITERS = ",;\t|"
BLANKS = ["", "NA", "N/A", "NaN", "nan", "NULL", "null"]
"""What stands for a missing value; not pandas' longer list, where the category `None` is lost."""


def read(path: Path) -> pd.DataFrame:
    """Return the table in `path` as it stands, with types only where they lose nothing.

    Raises:
        UserError: the file is missing, empty, or not what its ending says.
    """
    readers = {
        ".csv": _read_csv,
        ".tsv": _read_csv,
        ".txt": _read_csv,
        ".parquet": _read_parquet,
        ".xlsx": _read_excel,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UserError(
            f"{path} cannot be read as a table: its name must end in {', '.join(readers)}; "
            "save it in one of these forms."
        )
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
    table = reader(path, content)
    if table.empty:
        raise UserError(
            f"{path} has {len(table.columns)} columns and no rows; export it with its rows."
        )
    return table.set_axis([str(name).strip() for name in table.columns], axis="columns")


def _read_csv(path: Path, content: bytes) -> pd.DataFrame:
    text = _decode(path, content)
    header = next(line for line in text.splitlines() if line.strip())
    delimiter = max(DELIMITERS, key=lambda each: len(_fields(header, each)))
    _check_header(path, _fields(header, delimiter))
    # Where semicolons part the fields, the comma is free for decimals, as in much of Europe.
    comma = delimiter == ";" and re.search(r'[;\n]"?-?\d+,\d+"?(?=[;\r\n])', text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # rows longer than the header
            table = pd.read_csv(
                io.StringIO(text),
                sep=delimiter,
                decimal="," if comma else ".",
                index_col=False,
                skipinitialspace=True,
                keep_default_na=False,
                na_values=BLANKS,
                low_memory=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise UserError(
            f"{path} is no regular table of {len(_fields(header, delimiter))} columns parted by "
            f"{delimiter!r} ({str(error).strip()}); mend that line."
        ) from None
    return table.assign(**_with_leading_zeros(text, delimiter, table))


def _decode(path: Path, content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]  # cp1252: latin-1 and the signs Windows added to it
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text):
            return text
    raise UserError(
        f"{path} is not text (neither UTF-8 nor latin-1), so it is no CSV file; save it again as "
        "CSV, or give it the ending of what it is."
    )


def _fields(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter))


def _check_header(path: Path, names: list[str]) -> None:
    names = [name.strip() for name in names]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UserError(
            f"{path} has more than one column named {', '.join(map(repr, twice))}; rename them."
        )


def _with_leading_zeros(text: str, delimiter: str, table: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the whole-number columns that are codes, such as 00417, as the text they are."""
    whole = [name for name in table.columns if pd.api.types.is_integer_dtype(table[name])]
    if not whole or not re.search(rf'(^|[{delimiter}"\s])0\d+', text):
        return {}
    codes = pd.read_csv(
        io.StringIO(text),
        sep=delimiter,
        usecols=whole,
        dtype=str,
        index_col=False,
        skipinitialspace=True,
    )
    return {str(name): codes[name] for name in codes if codes[name].str.match(r"-?0\d").any()}


def _read_parquet(path: Path, content: bytes) -> pd.DataFrame:
    try:
        table = pd.read_parquet(io.BytesIO(content))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UserError(
            f"{path} is not a Parquet file ({_first_line(error)}); write it again."
        ) from None
    unnamed = all(name is None for name in table.index.names)
    return table.reset_index(drop=unnamed)


def _read_excel(path: Path, content: bytes) -> pd.DataFrame:
    try:
        return pd.read_excel(io.BytesIO(content), engine="openpyxl")
    except (zipfile.BadZipFile, OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{path} is not an Excel workbook ({_first_line(error)}); save it again as .xlsx."
        ) from None


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
