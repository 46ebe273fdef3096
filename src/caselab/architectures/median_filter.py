"""Median filter: each pixel becomes the middle one of those around it."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from scipy import ndimage
from sklearn.base import BaseEstimator, TransformerMixin

from caselab.errors import UserError
from caselab.params.search import OneOf
from caselab.reconstruction.restorers import Restorer


def restoration(*, size: Annotated[Literal[3, 5, 7], OneOf(3, 5, 7)] = 3) -> Restorer:
    """Take the median of `size` x `size` pixels; nothing is learned.

    The pipeline's `features` must say `flatten: false`.

    Source: Tukey (1977), Exploratory data analysis, chapter 7.
    """
    return Restorer(MedianFilter(size))


class MedianFilter(TransformerMixin, BaseEstimator):
    """What is beyond the edge is mirrored.

    Args:
        size: of the window, pixels.
    """

    def __init__(self, size: int = 3):
        self.size = size

    def fit(self, X: Any, y: Any = None, *, clean: Any = None) -> Self:
        """Look whether rows are pictures.

        Raises:
            UserError: they are none.
        """
        if len(X.shape) != 4:
            raise UserError(
                f"A median filter reads pictures, but is given rows of shape {X.shape[1:]}; set "
                "features.flatten to false in the pipeline's block."
            )
        self.fitted_ = True
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return pictures `(n_samples, channels, height, width)`, filtered."""
        window = (1, 1, self.size, self.size)
        filtered: np.ndarray = ndimage.median_filter(np.asarray(X), window)
        return filtered

    def inverse_transform(self, Z: np.ndarray) -> np.ndarray:
        """Return the pictures."""
        return Z
