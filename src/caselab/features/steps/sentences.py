"""Sentence splitting: where English sentences end."""

import re

_CLOSING = "\"')\\]\N{RIGHT SINGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
_OPENING = "\"'(\\[\N{LEFT SINGLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}"

# Possessive, and from the first of a run of signs on, so that long runs take no time
_END = re.compile(rf"(?<![.!?])([.!?]++)[{_CLOSING}]*+\s++(?=[{_OPENING}]?[^\Wa-z_])|\n\s*\n")
_TITLES = ("mr", "mrs", "ms", "dr", "prof", "st", "gen", "col", "lt", "sgt", "sen", "rep", "gov")
_NAMES = ("rev", "hon", "jr", "sr", "messrs", "inc", "corp", "co", "ltd", "u.s", "u.n", "u.k")
_REFERENCES = ("vs", "no", "vol", "fig", "ed", "etc", "e.g", "i.e")
_MONTHS = ("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec")
_ABBREVIATIONS = frozenset((*_TITLES, *_NAMES, *_REFERENCES, *_MONTHS))
_LONGEST = max(map(len, _ABBREVIATIONS))


def split(text: str) -> list[str]:
    """Return the sentences of a text; a period after an abbreviation or an initial ends none."""
    parts, start = [], 0
    for end in _END.finditer(text):
        before = text[max(start, end.start() - _LONGEST - 2) : end.start()]
        if end[1] == "." and _is_abbreviation(before):
            continue
        parts.append(text[start : end.end()].strip())
        start = end.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _is_abbreviation(before: str) -> bool:
    """Tell whether the last word before a period is cut short by it."""
    words = before.split()
    word = words[-1].lstrip(_OPENING) if words else ""
    is_initial = len(word) == 1 and word.isupper() and word != "I"
    return is_initial or word.lower() in _ABBREVIATIONS
