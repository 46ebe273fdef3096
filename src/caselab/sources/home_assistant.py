"""Sentences of Home Assistant's user interface, in English and in German."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselab.data.downloads import wheel
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

FILE = re.compile(r"homeassistant/components/([^/]+)/translations/en\.json")
MARKUP = re.compile(r"[{}\[\]<>*`|\\]|https?:")
"""What fills a text in or formats it, and is to be left as it is."""

WORDS = range(4, 26)
"""Of an English sentence; shorter ones are names of buttons."""


def read(path: Path) -> pd.DataFrame:
    """Return each pair of sentences once, with the key of the first place where it stands."""
    import pandas as pd

    rows = []
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        for name in sorted(names):
            german = name.replace("/en.json", "/de.json")
            if (match := FILE.fullmatch(name)) and german in names:
                ours, theirs = (dict(_flat(json.loads(archive.read(f)))) for f in (name, german))
                rows += [
                    (f"{match[1]}.{key}", _plain(ours[key]), _plain(theirs[key]))
                    for key in ours
                    if key in theirs
                ]
    table = pd.DataFrame(rows, columns=["id", "english", "german"])
    n_words = table["english"].map(lambda text: len(text.split()))
    written = ~(table["english"].str.contains(MARKUP) | table["german"].str.contains(MARKUP))
    kept = table[written & n_words.isin(WORDS) & (table["german"] != "")]
    return kept.drop_duplicates(["english", "german"]).reset_index(drop=True)


def _flat(texts: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in texts.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        elif isinstance(value, str):
            yield f"{before}{key}", value


def _plain(text: str) -> str:
    return " ".join(text.split())


source = Source(
    title="Home Assistant's user interface in English and German",
    licence="Apache-2.0",
    citation="The Home Assistant Authors and translators (2026): Home Assistant, version 2026.2.3",
    url="https://github.com/home-assistant/core",
    mirrors=(
        Mirror(
            files=(
                wheel(
                    "homeassistant==2026.2.3",
                    sha256="8167820cac4b8defe895fd2c36ac23402a445d1fe6028e8cde24caabb935282c",
                ),
            ),
            read=read,
        ),
    ),
)
