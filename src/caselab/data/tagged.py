"""Sentences whose words each have a tag: one text of words between spaces, one of as many tags.

A sentence is split at its spaces, and signs are taken off words as Francis and Kučera did in the Brown
corpus: `He said, "No."` has the words ``He said , `` No . ''``, while `Mr.`, `don't` and `1,200` are
one word each. A sentence that is split already stays as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from caselab.data import texts

if TYPE_CHECKING:
    import pandas as pd

_AS_TYPED = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "--", "\u2014": "--"}
)
_OPENING = re.compile(r"([(\[{]|``|\")(?=.)")
_CLOSING = re.compile(r"(?<=.)([,;:?!)\]}]|''|\")$")
_DASHES = re.compile(r"(?<=\w)--(?=\w)")


def words(text: str) -> list[str]:
    """Return the words and signs of a sentence, in their order."""
    chunks = _DASHES.sub(" -- ", text.translate(_AS_TYPED)).split()
    found: list[str] = []
    for place, chunk in enumerate(chunks):
        found += _parted(chunk, last=place == len(chunks) - 1)
    return found


def repair(
    records: pd.DataFrame, text: str = "text", tags: str = "tags"
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Repair texts and, where there are tags, drop sentences that have not one for each word."""
    records, repairs = texts.repair(records, text)
    if tags not in records:
        return records, repairs
    n_words = records[text].map(lambda sentence: len(words(sentence)))
    n_tags = records[tags].fillna("").map(lambda said: len(said.split()))
    odd = (n_words != n_tags) | (n_words == 0)
    return records[~odd], {**repairs, "not as many tags as words: left out": int(odd.sum())}


def _parted(chunk: str, *, last: bool) -> list[str]:
    """Return what stands between two spaces as a word and the signs around it."""
    before: list[str] = []
    after: list[str] = []
    while opening := _OPENING.match(chunk):
        before.append("``" if opening[1] == '"' else opening[1])
        chunk = chunk[opening.end() :]
    chunk = _closed(chunk, after)
    if chunk.endswith(".") and _ends(chunk, last=last and not set(after) - {"''", ")"}):
        after.insert(0, ".")
        chunk = _closed(chunk[:-1], after)
    return [*before, "''" if chunk == '"' else chunk, *after]


def _closed(chunk: str, after: list[str]) -> str:
    """Return a chunk without the signs that close it, which are put before those that come after."""
    while (closing := _CLOSING.search(chunk)) and not _belongs(closing[1], chunk):
        after.insert(0, "''" if closing[1] == '"' else closing[1])
        chunk = chunk[: closing.start()]
    return chunk


def _belongs(sign: str, chunk: str) -> bool:
    """Tell whether a bracket closes one within the word, as in `381(c)`, or signs mean inches."""
    if sign == "''":
        return chunk[-3].isdigit()
    return sign in ")]}" and any(opening in chunk for opening in "([{")


def _ends(chunk: str, *, last: bool) -> bool:
    """Tell whether a point ends the sentence: it is the last, and the word no abbreviation."""
    word = chunk[:-1]
    return last and bool(word) and "." not in word and not (len(word) < 2 and word.isupper())
