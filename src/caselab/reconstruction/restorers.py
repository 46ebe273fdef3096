"""Pictures restored: what was learned of noisy pictures and the clean ones that belong to them.

What restores has `fit(X, clean=...)`, `transform` and `inverse_transform`, one after the other, so
that whatever compresses restores too: what its code does not hold is gone.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from caselab.data.pictures import pixels
from caselab.errors import UserError


class Restorer(BaseEstimator):
    """A model that gives clean pictures for noisy ones.

    Args:
        model: what restores, from rows of pixels between 0 and 1, flat or with channels first.

    Attributes:
        model_: fitted.
        shape_: of a clean picture, (height, width) or (height, width, 3).
    """

    def __init__(self, model: Any):
        self.model = model

    def fit(self, X: Any, y: pd.Series) -> Self:
        """Learn from noisy pictures `(n_samples, ...)` and files of the clean ones `(n_samples,)`.

        Raises:
            UserError: a clean picture is of another size than the view shows the noisy ones in.
        """
        clean = _pictures(y, np.prod(X.shape[1:]))
        self.shape_ = clean.shape[1:]
        rows = clean.astype(np.float32) / 255
        if len(X.shape) == 4:  # (n, height, width, channels) -> (n, channels, height, width)
            rows = np.moveaxis(rows.reshape(*rows.shape[:3], -1), 3, 1)
        rows = np.ascontiguousarray(rows).reshape(X.shape)
        self.model_ = clone(self.model).fit(X, clean=rows)
        return self

    def restore(self, X: Any) -> np.ndarray:
        """Return clean pictures in bytes `(n_samples, height, width)`, or `(..., 3)` in colour."""
        check_is_fitted(self, "model_")
        found = np.asarray(self.model_.inverse_transform(self.model_.transform(X)))
        if found.ndim == 4:
            found = np.moveaxis(found, 1, 3)
        levels = np.rint(255 * found.reshape(len(found), *self.shape_).clip(0, 1))
        return levels.astype(np.uint8)

    @property
    def history_(self) -> list[dict[str, float]]:
        """What a network noted of its epochs."""
        return getattr(self.model_, "history_", [])


def _pictures(files: pd.Series, n_numbers: int) -> np.ndarray:
    """Read clean pictures, which have the size and the channels of the noisy ones."""
    first = pixels(files.iloc[0])
    shown = np.empty((len(files), *first.shape), dtype=np.uint8)
    for row, file in enumerate(files):
        picture = pixels(file)
        if picture.shape != first.shape or picture.size != n_numbers:
            raise UserError(
                f"The clean picture in row {row + 1:,} has {' x '.join(map(str, picture.shape))} "
                f"numbers, and the view shows noisy ones in {n_numbers:,}; show them in the size "
                "and channels of the clean ones."
            )
        shown[row] = picture
    return shown
