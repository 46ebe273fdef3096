"""Zalando's articles of clothing in 28 by 28 grey pixels, ten classes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import debian_member, url
from caselab.data.pictures import png, read_idx
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
COMMIT = "b2617bb6d3ffa2e429640350f613e3291e10b141"
PUBLISHED = {
    "train-images-idx3": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
PACKED_BY_DEBIAN = {
    "train-images-idx3": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    "train-labels-idx1": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    "t10k-images-idx3": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    "t10k-labels-idx1": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
}


def read(images: Path, labels: Path, test_images: Path, test_labels: Path) -> pd.DataFrame:
    """Return both parts in one table, each picture as a PNG file."""
    import pandas as pd

    rows = []
    for split, pixels, classes in (
        ("train", read_idx(images), read_idx(labels)),
        ("test", read_idx(test_images), read_idx(test_labels)),
    ):
        rows += [
            (f"{split}-{number:05}", png(picture), CLASSES[label], split)
            for number, (picture, label) in enumerate(zip(pixels, classes, strict=True))
        ]
    return pd.DataFrame(rows, columns=["id", "picture", "label", "split"])


source = Source(
    title="Fashion-MNIST",
    licence="MIT",
    citation="Xiao, Rasul & Vollgraf (2017): Fashion-MNIST: a Novel Image Dataset for Benchmarking "
    "Machine Learning Algorithms, arXiv:1708.07747",
    url="https://github.com/zalandoresearch/fashion-mnist",
    mirrors=(
        Mirror(
            files=tuple(
                url(
                    f"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/{COMMIT}/"
                    f"data/fashion/{name}-ubyte.gz",
                    sha256,
                )
                for name, sha256 in PUBLISHED.items()
            ),
            read=read,
        ),
        Mirror(
            files=tuple(
                debian_member(
                    "dataset-fashion-mnist",
                    f"/usr/share/datasets/fashion-mnist/{name}-ubyte.gz",
                    sha256,
                )
                for name, sha256 in PACKED_BY_DEBIAN.items()
            ),
            read=read,
        ),
    ),
)
