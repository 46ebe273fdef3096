"""Texts: their length, the share of their words that are unknown, and which frequent words they hold.

Of a text that was learned from, a word counts as unknown where it occurs in no other text: so the
share is the one that a new text of the same kind is expected to have.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from caselab import numbers
from caselab.watching import numeric
from caselab.watching.changes import Bars, Change, Part

FREQUENT = 50
"""Words whose shares of the texts are compared."""
_WORD = re.compile(r"\w+")


def summary(values: pd.Series) -> dict[str, Any]:
    """Return what is kept of texts."""
    texts = [_words(text) for text in values]
    documents = Counter(word for words in texts for word in set(words))
    alone = {word for word, count in documents.items() if count == 1}
    first = sorted(documents.items(), key=lambda each: (-each[1], each[0]))[:FREQUENT]
    return {
        "kind": "texts",
        "rows": len(values),
        "length": numeric.summary(_lengths(texts)),
        "unknown": numeric.summary(_shares(texts, lambda word: word in alone)),
        "frequent": dict(first),
        "vocabulary": sorted(documents),
    }


def compare(name: str, part: Part, known: dict[str, Any], values: pd.Series) -> list[Change]:
    """Hold texts against those that are known: three comparisons."""
    texts = [_words(text) for text in values]
    vocabulary = set(known["vocabulary"])
    unknown = _shares(texts, lambda word: word not in vocabulary)
    return [
        numeric.compare(f"{name}: words", part, known["length"], _lengths(texts)),
        numeric.compare(f"{name}: share of unknown words", part, known["unknown"], unknown),
        _frequent(f"{name}: frequent words", part, known, texts),
    ]


def _frequent(name: str, part: Part, known: dict[str, Any], texts: list[list[str]]) -> Change:
    """Compare the share of texts that hold a word, for each of the frequent ones."""
    n, m = known["rows"], len(texts)
    held = Counter(word for words in texts for word in set(words))
    words = list(known["frequent"])
    before = np.array([known["frequent"][word] for word in words], dtype=int)
    now = np.array([held[word] for word in words], dtype=int)
    if not words:
        return Change(name, part, p=1.0, effect=0.0, before="", now="")
    p = [
        stats.fisher_exact([[was, n - was], [now_, m - now_]]).pvalue
        for was, now_ in zip(before, now, strict=True)
    ]
    shares = before / n, now / m
    least = int(np.argmin(p))
    far = np.argsort(-np.abs(shares[0] - shares[1]), kind="stable")[:12]
    return Change(
        name=name,
        part=part,
        p=float(min(1.0, len(p) * p[least])),
        effect=float(abs(shares[0] - shares[1])[least]),
        before=f"{words[least]!r} in {numbers.percent(shares[0][least])}",
        now=f"in {numbers.percent(shares[1][least])}",
        bars=Bars(
            labels=tuple(words[place] for place in far),
            before=tuple(shares[0][far].tolist()),
            now=tuple(shares[1][far].tolist()),
        ),
    )


def _words(text: object) -> list[str]:
    return _WORD.findall(text.lower()) if isinstance(text, str) else []


def _lengths(texts: list[list[str]]) -> pd.Series:
    return pd.Series([len(words) for words in texts], dtype=float)


def _shares(texts: list[list[str]], counts: Any) -> pd.Series:
    """Return the share of each text's words that count; of no words it is missing."""
    return pd.Series(
        [sum(map(counts, words)) / len(words) if words else np.nan for words in texts], dtype=float
    )
