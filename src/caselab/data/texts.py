"""Repairs of a column of text, row by row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MOST_LETTERS = 100_000
"""Of a text; a longer one is cut, so that no single row takes minutes or all memory."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""What no text holds: control characters, and halves of characters from broken decoding."""


def repair(records: pd.DataFrame, column: str = "text") -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the records with every text a string of bearable length; and rows by repair."""
    given = records[column].astype(object)
    missing = given.isna()
    text = given.mask(missing, "").astype(str)
    broken = text.str.contains(_CONTROL)
    text = text.mask(broken, text[broken].str.replace(_CONTROL, " ", regex=True))
    long = text.str.len() > MOST_LETTERS
    text = text.mask(long, text[long].str[:MOST_LETTERS])
    return records.assign(**{column: text}), {
        f"{column} missing: empty": int(missing.sum()),
        f"{column} with characters that are no text: spaces": int(broken.sum()),
        f"{column} longer than {MOST_LETTERS:,} letters: cut": int(long.sum()),
    }
