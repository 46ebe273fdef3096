"""Non-local means: a pixel becomes a mean of those whose surroundings look like its own."""

from itertools import product
from typing import Annotated, Any, Self

import numpy as np
from pydantic import PositiveFloat, PositiveInt
from scipy import ndimage
from sklearn.base import BaseEstimator, TransformerMixin

from caselab.errors import UserError
from caselab.params.search import Between, OneOf
from caselab.reconstruction.restorers import Restorer

_AT_ONCE = 512  # pictures, which stay in the processor's cache


def restoration(
    *,
    patch: Annotated[PositiveInt, OneOf(1, 2)] = 1,
    search: PositiveInt = 5,
    strength: Annotated[PositiveFloat, Between(0.3, 1.5)] = 0.8,
) -> Restorer:
    """Weigh the pixels within `search` of each by how alike the squares within `patch` of both are.

    `strength` is how unlike they may be, in deviations of the noise, which is all that is learned of
    the training pictures. The pipeline's `features` must say `flatten: false`.

    Source: Buades, Coll and Morel (2005), A non-local algorithm for image denoising; weights as in
    Buades, Coll and Morel (2011), Non-local means denoising, IPOL.
    """
    return Restorer(NonLocalMeans(patch, search, strength))


class NonLocalMeans(TransformerMixin, BaseEstimator):
    """What is beyond the edge is mirrored.

    Args:
        patch: pixels to each side of the one in the middle of a square that is compared.
        search: pixels to each side in which others are looked for.
        strength: of the filter, in deviations of the noise.

    Attributes:
        noise_: its deviation in the training pictures.
    """

    def __init__(self, patch: int = 1, search: int = 5, strength: float = 0.8):
        self.patch = patch
        self.search = search
        self.strength = strength

    def fit(self, X: Any, y: Any = None, *, clean: np.ndarray) -> Self:
        """Learn how noisy pictures `(n_samples, channels, height, width)` are.

        Raises:
            UserError: rows are no pictures, or smaller than what is searched.
        """
        if len(X.shape) != 4:
            raise UserError(
                f"Non-local means read pictures, but are given rows of shape {X.shape[1:]}; set "
                "features.flatten to false in the pipeline's block."
            )
        squares = sum(
            float(np.square(X[start : start + _AT_ONCE] - clean[start : start + _AT_ONCE]).sum())
            for start in range(0, len(X), _AT_ONCE)
        )
        self.noise_ = float(np.sqrt(squares / clean.size))
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return pictures, each pixel the weighted mean of those around it."""
        found = np.empty(X.shape, dtype=np.float32)
        for start in range(0, len(X), _AT_ONCE):
            found[start : start + _AT_ONCE] = self._filtered(X[start : start + _AT_ONCE])
        return found

    def inverse_transform(self, Z: np.ndarray) -> np.ndarray:
        """Return the pictures."""
        return Z

    def _filtered(self, X: np.ndarray) -> np.ndarray:
        reach, (height, width) = self.search, X.shape[2:]
        sides = [(0, 0), (0, 0), (reach, reach), (reach, reach)]
        beyond = np.pad(X, sides, mode="symmetric")
        total, weights = np.zeros_like(X), np.zeros_like(X[:, :1])
        square = (1, 2 * self.patch + 1, 2 * self.patch + 1)
        scale = max(self.strength * self.noise_, 1e-6) ** 2
        for down, right in product(range(2 * reach + 1), repeat=2):
            moved = beyond[:, :, down : down + height, right : right + width]
            unlike = np.square(X - moved).mean(axis=1)  # (n, height, width), over channels
            unlike = ndimage.uniform_filter(unlike, square)
            excess = np.maximum(unlike - 2 * self.noise_**2, 0)  # of two noisy ones that are equal
            weight = np.exp(-excess / scale)[:, np.newaxis]
            total += weight * moved
            weights += weight
        mean: np.ndarray = total / weights
        return mean
