"""Zalando's articles of clothing, each beside itself under Gaussian noise that we have drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.pictures import png, read_idx
from caselab.sources import fashion_mnist

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DEVIATION = 50
"""Of the noise, in levels of 0 to 255: the strongest that papers on denoising commonly report."""

COUNTS = {"train": 20_000, "test": 5_000}
"""How many of the publisher's pictures are taken of each part: the first."""

SEED = 20050620


def read(images: Path, labels: Path, test_images: Path, test_labels: Path) -> pd.DataFrame:
    """Return both parts in one table: each picture as a noisy and as a clean PNG file."""
    del labels, test_labels
    import pandas as pd

    rows = []
    for part, (split, file) in enumerate((("train", images), ("test", test_images))):
        clean = read_idx(file)[: COUNTS[split]]
        rows += [
            (f"{split}-{number:05}", png(noise), png(picture), split)
            for number, (noise, picture) in enumerate(zip(noisy(clean, part), clean, strict=True))
        ]
    return pd.DataFrame(rows, columns=["id", "picture", "clean", "split"])


def noisy(pictures: np.ndarray, part: int) -> np.ndarray:
    """Return pictures `(n, height, width)` of bytes under noise, cut off at black and at white."""
    import numpy as np

    drawn = np.random.default_rng([SEED, part]).normal(0, DEVIATION, pictures.shape)
    return np.rint(pictures + drawn).clip(0, 255).astype(np.uint8)


source = replace(
    fashion_mnist.source,
    title="Fashion-MNIST under noise",
    mirrors=tuple(replace(mirror, read=read) for mirror in fashion_mnist.source.mirrors),
)
