"""Metrics of restored pictures, beside the clean ones: both are files, told apart pixel by pixel.

Answers hold a picture as text (`data/pictures.py`), the target is a file. Levels go from 0 to 255.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from caselab.data.pictures import from_text, pixels
from caselab.evaluation.metrics import Metric, mean

PICTURE = "picture"
"""The column of answers that holds the restored picture."""

PEAK = 255.0
WINDOW = 11
"""Pixels of a side of SSIM's Gaussian window, whose deviation is 1.5."""

_EDGE = WINDOW // 2
_AT_ONCE = 500


def psnr(y: pd.Series, answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the mean over pictures of the peak signal-to-noise ratio, in decibels."""
    error = np.maximum(_of_rows(squared_errors, y, answers), 1e-4)  # equal pictures: 88 dB
    return mean(10 * np.log10(PEAK**2 / error), weights)


def ssim(y: pd.Series, answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the mean over pictures of the structural similarity; nan of pictures below 11 pixels.

    Source: Wang, Bovik, Sheikh and Simoncelli (2004), Image quality assessment: from error
    visibility to structural similarity.
    """
    return mean(_of_rows(similarities, y, answers), weights)


def rmse(y: pd.Series, answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the root mean squared error of a pixel, in levels."""
    found = np.sqrt(mean(_of_rows(squared_errors, y, answers), weights))
    return found if np.ndim(found) else float(found)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("psnr", "PSNR, dB", True, psnr, (0.0, 100.0)),
        Metric("ssim", "Structural similarity", True, ssim, (-1.0, 1.0)),
        Metric("rmse", "RMSE, grey levels", False, rmse, (0.0, PEAK)),
    )
}


def _of_rows(
    compare: Callable[[tuple[bytes, ...], tuple[str, ...]], np.ndarray],
    y: pd.Series,
    answers: pd.DataFrame,
) -> np.ndarray:
    return compare(tuple(y), tuple(answers[PICTURE]))


@lru_cache(maxsize=4)  # resamples ask for the same rows again and again
def squared_errors(clean: tuple[bytes, ...], restored: tuple[str, ...]) -> np.ndarray:
    """Return the mean squared error of each picture, in levels, `(n_samples,)`."""
    pairs = zip(clean, restored, strict=True)
    return np.array([np.square(_levels(file) - _levels(text)).mean() for file, text in pairs])


@lru_cache(maxsize=4)
def similarities(clean: tuple[bytes, ...], restored: tuple[str, ...]) -> np.ndarray:
    """Return the structural similarity of each picture, `(n_samples,)`; all have one size."""
    import torch
    from torchmetrics.functional.image import structural_similarity_index_measure

    found = np.full(len(clean), np.nan)
    for start in range(0, len(clean), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        truth, said = (_channels_first([*map(_levels, of[part])]) for of in (clean, restored))
        if min(truth.shape[2:]) >= WINDOW:
            answer, asked = (torch.from_numpy((x / PEAK).astype(np.float32)) for x in (said, truth))
            _, each = structural_similarity_index_measure(
                answer, asked, data_range=1.0, reduction=None, return_full_image=True
            )
            # where the window lies inside the picture, as the paper has it
            found[part] = np.asarray(each)[..., _EDGE:-_EDGE, _EDGE:-_EDGE].mean(axis=(1, 2, 3))
    return found


def _levels(picture: bytes | str) -> np.ndarray:
    read = from_text(picture) if isinstance(picture, str) else pixels(picture)
    return read.astype(np.float64)


def _channels_first(pictures: list[np.ndarray]) -> np.ndarray:
    stacked = np.stack(pictures)
    return np.ascontiguousarray(np.moveaxis(stacked.reshape(*stacked.shape[:3], -1), 3, 1))
