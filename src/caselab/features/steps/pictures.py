"""Pixel scaling: pictures as numbers to learn from."""

import math
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from caselab.storage.rows import Rows

SCALES = ("unit", "standard", "none")
ROWS_AT_ONCE = 4096  # whose squares are summed in double precision together


class PictureScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Scale pixels in single precision, and flatten pictures or put their channels first.

    Takes `(n_samples, height, width)`, `(n_samples, height, width, channels)`, or rows of pixels
    `(n_samples, n_features)`, which stay as they lie.

    Args:
        scale: `unit` divides by the greatest value of the pixels' type, 255 for bytes, and leaves
            floats alone; `standard` brings each channel to mean 0 and deviation 1, a channel that
            never changes to 0; `none` does nothing, so bytes stay bytes.
        flatten: return `(n_samples, n_features)`, else `(n_samples, channels, height, width)`.

    Attributes:
        mean_, deviation_: of each channel, `(channels,)`, where `scale` is `standard`; the
            deviation of a channel that never changes is told as 1.
    """

    def __init__(self, scale: str = "unit", flatten: bool = True):
        self.scale = scale
        self.flatten = flatten

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn what `scale` needs of pixels `(n_samples, ...)`."""
        X = self._checked(X, reset=True)
        if self.scale not in SCALES:
            raise ValueError(f"scale is {self.scale!r}; choose one of {', '.join(SCALES)}")
        self.shape_ = X.shape[1:]
        if self.scale == "standard":
            self.mean_, self.deviation_ = _moments(X)
        return self

    def transform(self, X: Any) -> np.ndarray | Rows:
        """Return numbers `(n_samples, n_features)`, or `(n_samples, channels, height, width)`.

        Of `Rows` they are made when they are asked for.
        """
        check_is_fitted(self, "shape_")
        X = self._checked(X, reset=False)
        if X.shape[1:] != self.shape_:
            raise ValueError(f"pictures of {X.shape[1:]} come where fit saw {self.shape_}")
        return X.changed(self._transformed) if isinstance(X, Rows) else self._transformed(X)

    def inverse_transform(self, X: np.ndarray) -> np.ndarray:
        """Return pixels as they lay before, in levels of bytes where `scale` is `unit`."""
        check_is_fitted(self, "shape_")
        if X.ndim == 4:  # (n, channels, height, width)
            X = X.transpose(0, 2, 3, 1)
        pixels = X.reshape(len(X), *self.shape_).astype(np.float64)
        if self.scale == "unit":
            return 255 * pixels
        if self.scale == "standard":
            of_channel = (-1,) if pixels.ndim == 4 else (1,)
            return pixels * self.deviation_.reshape(of_channel) + self.mean_.reshape(of_channel)
        return pixels

    def _transformed(self, X: np.ndarray) -> np.ndarray:
        if X.ndim == 3:
            X = X[..., np.newaxis]
        if X.ndim == 4 and not self.flatten:
            X = X.transpose(0, 3, 1, 2)  # (n, height, width, channels) -> (n, channels, ...)
            of_channel: tuple[int, ...] = (-1, 1, 1)
        else:
            of_channel = (-1,) if X.ndim == 4 else ()
        scaled = self._scaled(X, of_channel)
        return (
            scaled.reshape(len(X), math.prod(X.shape[1:]))
            if self.flatten
            else np.ascontiguousarray(scaled)
        )

    def _scaled(self, X: np.ndarray, of_channel: tuple[int, ...]) -> np.ndarray:
        if self.scale == "none":
            return X
        if self.scale == "unit":
            greatest = np.iinfo(X.dtype).max if X.dtype.kind in "ui" else 1
            return np.divide(X, greatest, dtype=_floats(X))
        scaled: np.ndarray = np.subtract(X, self.mean_.reshape(of_channel), dtype=_floats(X))
        scaled /= self.deviation_.reshape(of_channel)
        return scaled

    def _checked(self, X: Any, *, reset: bool) -> np.ndarray | Rows:
        if isinstance(X, Rows):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        checked: np.ndarray = validate_data(self, X, reset=reset, allow_nd=True, dtype="numeric")
        return checked

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _floats(X: np.ndarray) -> type:
    """Return the floats to compute in: bytes need no more than single precision."""
    return np.float64 if X.dtype == np.float64 else np.float32


def _moments(X: np.ndarray | Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation of each channel, a block of rows at a time."""
    channels = X.shape[3] if X.ndim == 4 else 1
    count, total, squares = 0, np.zeros(channels), np.zeros(channels)
    for start in range(0, len(X), ROWS_AT_ONCE):
        block = X[start : start + ROWS_AT_ONCE].reshape(-1, channels).astype(np.float64)
        count += len(block)
        total += block.sum(axis=0)
        squares += np.square(block).sum(axis=0)
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
    return mean, np.where(
        deviation > 1e-6 * np.abs(mean), deviation, 1.0
    )  # constant but for rounding
