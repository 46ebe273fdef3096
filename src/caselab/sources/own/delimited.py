"""Read CSV in its many dialects: encodings, delimiters, decimal commas, and codes that look like numbers."""

import codecs
import csv
import io
import re
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from caselab.errors import UserError
from caselab.numbers import counted
from caselab.sources.own import headers

DELIMITERS = ",;\t|"
BLANKS = ["", "NA", "N/A", "NaN", "nan", "NULL", "null"]
"""What stands for a missing value; not pandas' longer list, where the category `None` is lost."""


def read(
    path: Path,
    content: bytes,
    delimiter: str | None,
    encoding: str | None,
    words: tuple[str, ...],
) -> pd.DataFrame:
    """Return the table in a file's content; arguments are those of `tables.read`.

    Raises:
        UserError: it is no text, or no table.
    """
    text = _decode(path, content, encoding)
    header = re.search(r"[^\r\n]*\S[^\r\n]*", text)[0]  # type: ignore[index]  # not empty
    if delimiter is not None and len(delimiter) != 1:
        raise UserError(f"The delimiter {delimiter!r} of {path} must be one sign; correct it.")
    delimiter = delimiter or max(DELIMITERS, key=lambda each: len(_fields(header, each)))
    names = _fields(header, delimiter)
    headers.check(path, list(filter(str.strip, names)))
    # Where semicolons part the fields, the comma is free for decimals, as in much of Europe.
    comma = delimiter == ";" and re.search(r'[;\n]"?-?\d+,\d+"?(?=[;\r\n])', text)
    if len(names) == 1:  # an empty line between others is a record without its value
        text = f"{text.strip()}\n"
    dialect: dict[str, Any] = {
        "sep": delimiter,
        "index_col": False,
        "skipinitialspace": True,
        "skip_blank_lines": len(names) > 1,
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
        why = _longer(text, delimiter, len(names)) or headers.first_line(error)
        raise UserError(
            f"{path} is no regular table of {counted(len(names), 'column')} parted by {delimiter!r}, "
            f"as its first line {headers.shortened(header)!r} has it ({why}); mend that line, tell "
            "the delimiter, or remove what stands above the columns' names."
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


def _longer(text: str, delimiter: str, wanted: int) -> str | None:
    """Say which line is the first that has more fields than are wanted, None where none has."""
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    for fields in lines:
        if len(fields) > wanted:
            extra = headers.shortened(fields[wanted].strip())
            return f"line {lines.line_num:,} has {len(fields)} fields, {extra!r} the first too many"
    return None


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
