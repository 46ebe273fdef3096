"""The State of the Union and the Brown corpus to learn words from, and what people say of words.

A row is a passage, a pair of words that people have rated, or four words of an analogy. A third of the
pairs and analogies, by hash, is for validation, the rest is the test. Of the analogies only those are
asked whose words all stand `LEAST` times in the passages.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import bundled
from caselab.sources import Mirror, Source, brown, state_of_the_union

if TYPE_CHECKING:
    import pandas as pd

LEAST = 5
VALIDATION = 1 / 3
SIMILARITY, RELATEDNESS, ANALOGY = "similarity", "relatedness", "analogy"
COLUMNS = ["id", "text", "asked", "told", "part"]

_WORD = re.compile(r"[a-z]+")
_GENSIM = Path(getattr(find_spec("gensim"), "origin", None) or "gensim/__init__.py").parent

Row = tuple[str, str, str | None, float | None, str]


def read(
    speeches: Path, documents: Path, simlex: Path, wordsim: Path, analogies: Path
) -> pd.DataFrame:
    """Return passages, then pairs with their mean rating from 0 to 10, then analogies."""
    import pandas as pd

    passages = [*_of_speeches(speeches), *_of_documents(documents)]
    counts = Counter(word for row in passages for word in _WORD.findall(row[1].lower()))
    known = {word for word, count in counts.items() if count >= LEAST}
    rows = [
        *passages,
        *pairs(simlex, "simlex999", SIMILARITY),
        *pairs(wordsim, "wordsim353", RELATEDNESS),
        *questions(analogies, known),
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"told": float})


def pairs(file: Path, name: str, asked: str) -> Iterator[Row]:
    """Yield pairs of words with the mean of their ratings."""
    lines = [line for line in file.read_text("utf-8").splitlines() if line[:1] != "#"]
    for number, line in enumerate(lines, start=1):
        one, other, rating = line.split("\t")[:3]
        yield f"{name}-{number:03}", f"{one} {other}", asked, float(rating), part({one, other})


def questions(file: Path, known: set[str]) -> Iterator[Row]:
    """Yield the analogies all of whose words are known: `athens greece baghdad iraq`."""
    section = ""
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        words = line.lower().split()
        if words[0] == ":":
            section = words[1]
        elif known.issuperset(words):
            yield f"{section}-{number:05}", " ".join(words), ANALOGY, None, part({*words})


def part(words: set[str]) -> str:
    """Return `validation` or `test` by the words alone, so that no pair is in both."""
    key = " ".join(sorted(word.lower() for word in words))
    drawn = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32
    return "validation" if drawn < VALIDATION else "test"


def _of_speeches(path: Path) -> Iterator[Row]:
    for row in state_of_the_union.read(path).itertuples():
        yield str(row.id), str(row.text), None, None, "train"


def _of_documents(path: Path) -> Iterator[Row]:
    for name, sentences in brown.read(path).groupby("document")["text"]:
        for number, text in enumerate(state_of_the_union.passages(" ".join(sentences)), start=1):
            yield f"{name}-{number:03}", text, None, None, "train"


source = Source(
    title="State of the Union and Brown corpus, and what people say of words",
    licence="CC0-1.0 (speeches); redistribution permitted (Brown corpus); ratings and analogies as their "
    "authors gave them for research",
    citation=f"{state_of_the_union.source.citation}. {brown.source.citation}. Finkelstein et al. (2002): "
    "Placing search in context (WordSim-353). Hill, Reichart and Korhonen (2015): SimLex-999. Mikolov et "
    "al. (2013): Efficient estimation of word representations (analogies)",
    url="https://github.com/piskvorky/gensim",
    mirrors=(
        Mirror(
            files=(
                *state_of_the_union.source.mirrors[0].files,
                *brown.source.mirrors[0].files,
                bundled(
                    _GENSIM / "test/test_data/simlex999.txt",
                    sha256="d5e0501971478a511430ee880bd0121e94ac701ba86d90544d83e6d2ba3db05d",
                ),
                bundled(
                    _GENSIM / "test/test_data/wordsim353.tsv",
                    sha256="f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d",
                ),
                bundled(
                    _GENSIM / "test/test_data/questions-words.txt",
                    sha256="8c29b3332afc46f3fb8be04cb5297bf96f39aa7131272dff57869b4485b22a36",
                ),
            ),
            read=read,
        ),
    ),
)
