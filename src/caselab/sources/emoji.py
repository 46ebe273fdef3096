"""Emoji as two makers have drawn them, and what they are called.

Names are those of the Unicode Standard in small letters, with the tone of the skin, where there is one,
behind a colon, as Unicode's own lists have it.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselab.data.downloads import npm_tarball
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

MAKERS = ("twitter", "google")
LIST = "package/emoji.json"
TONES = {
    "1F3FB": "light skin tone",
    "1F3FC": "medium-light skin tone",
    "1F3FD": "medium skin tone",
    "1F3FE": "medium-dark skin tone",
    "1F3FF": "dark skin tone",
}


def read(*paths: Path) -> pd.DataFrame:
    """Return the drawings of each maker, 64 by 64 pixels; all tones of one emoji share its code."""
    import pandas as pd

    rows = []
    for maker, path in zip(MAKERS, paths, strict=True):
        files = _files(path, f"package/img/{maker}/64/")
        for emoji in json.loads(files[LIST]):
            for image, name in _drawn(emoji, maker):
                code = image.removesuffix(".png")
                picture = files[f"package/img/{maker}/64/{image}"]
                rows.append((f"{maker} {code}", maker, emoji["unified"], name, picture))
    return pd.DataFrame(rows, columns=["id", "maker", "emoji", "name", "picture"])


def _files(path: Path, folder: str) -> dict[str, bytes]:
    """Return the list and the files of a folder, read once from first to last."""
    found = {}
    with tarfile.open(path) as archive:
        for member in archive:
            if member.name == LIST or member.name.startswith(folder):
                file = archive.extractfile(member)
                assert file is not None
                found[member.name] = file.read()
    return found


def _drawn(emoji: dict[str, Any], maker: str) -> list[tuple[str, str]]:
    """Return the pictures of an emoji that a maker has drawn, and the name of each."""
    name = emoji["name"].lower()
    found = [(emoji, name)]
    for tones, drawn in emoji.get("skin_variations", {}).items():
        told = ", ".join(TONES[tone] for tone in tones.split("-"))
        found.append((drawn, f"{name}: {told}"))
    return [(each["image"], name) for each, name in found if each[f"has_img_{maker}"]]


source = Source(
    title="Emoji of two makers",
    licence="Twitter's drawings CC-BY-4.0, Google's Apache-2.0, the lists of both MIT",
    citation="Twitter, Inc and other contributors: Twemoji; Google LLC: Noto Emoji; Cal Henderson: "
    "emoji-data 16.0.0 (2024); names: The Unicode Consortium (2024), Unicode 16.0",
    url="https://github.com/iamcal/emoji-data",
    mirrors=(
        Mirror(
            files=(
                npm_tarball(
                    "emoji-datasource-twitter@16.0.0",
                    sha256="f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877",
                ),
                npm_tarball(
                    "emoji-datasource-google@16.0.0",
                    sha256="fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438",
                ),
            ),
            read=read,
        ),
    ),
)
