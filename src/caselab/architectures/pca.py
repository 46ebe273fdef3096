"""Principal components: the directions in which rows differ most, and no other code is as near."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Interval
from pydantic import PositiveInt
from sklearn.decomposition import PCA
from sklearn.utils.validation import check_is_fitted

from caselab.errors import UserError
from caselab.grouping.detectors import Detector
from caselab.params.search import Between
from caselab.reconstruction.compressors import Compressor
from caselab.reconstruction.restorers import Restorer


def compression(
    *, n_codes: PositiveInt = 32, sizes: tuple[PositiveInt, ...] = (), random_state: int
) -> Compressor:
    """Give a row by its places along `n_codes` directions.

    `sizes` of other codes are tried on a sample of the rows, for the picture of rate and error.

    Source: Pearson (1901), On lines and planes of closest fit to systems of points in space.
    """
    return Compressor(PrincipalComponents(n_codes), sizes, random_state=random_state)


def restoration(*, n_codes: Annotated[PositiveInt, Between(16, 256, log=True)] = 64) -> Restorer:
    """Keep of a noisy picture what lies along the `n_codes` directions in which clean ones differ.

    Source: Pearson (1901), On lines and planes of closest fit to systems of points in space.
    """
    return Restorer(PrincipalComponents(n_codes))


def anomalies(
    *,
    n_components: Annotated[
        PositiveInt | Annotated[float, Interval(gt=0, lt=1)], Between(0.5, 0.99)
    ] = 0.9,
    by: Literal["reconstruction", "likelihood"] = "reconstruction",
    random_state: int,
) -> Detector:
    """Score rows by the squared error with which `n_components` directions give them back.

    A share below 1 takes as many directions as explain that share of the variance. With `by`
    `likelihood` it is how unlikely a row is where rows are normal around those directions, so that
    one is odd, too, that lies far out along them.

    Source: Jackson and Mudholkar (1979), Control procedures for residuals associated with principal
    component analysis; Tipping and Bishop (1999), Probabilistic principal component analysis.
    """
    if by == "likelihood":
        return Detector(PCA(n_components, random_state=random_state), random_state)
    model = Reconstruction(n_components, random_state=random_state)
    return Detector(model, random_state, reconstructs=True)


class PrincipalComponents(PCA):
    """scikit-learn's, of rows of any shape, or of the clean rows that belong to noisy ones.

    Raises:
        UserError: a code is to have as many numbers as a row, or more.
    """

    def __init__(self, n_components: int = 2, *, svd_solver: str = "covariance_eigh"):
        super().__init__(n_components, svd_solver=svd_solver)

    def fit(self, X: Any, y: Any = None, *, clean: Any = None) -> Self:
        """Find the directions of rows `(n_samples, ...)`."""
        rows = np.asarray(X if clean is None else clean)
        self.shape_ = rows.shape[1:]
        rows = rows.reshape(len(rows), -1)
        if self.n_components >= rows.shape[1]:
            raise UserError(
                f"n_codes is {self.n_components:,}, but a row has only {rows.shape[1]:,} numbers, so "
                "its code would be the row itself; ask for fewer."
            )
        return super().fit(rows)

    def transform(self, X: Any) -> np.ndarray:
        """Return the places of rows along the directions."""
        rows = np.asarray(X)
        places: np.ndarray = super().transform(rows.reshape(len(rows), -1))
        return places

    def inverse_transform(self, Z: np.ndarray) -> np.ndarray:
        """Return the rows at these places."""
        rows: np.ndarray = super().inverse_transform(Z)
        return rows.reshape(len(rows), *self.shape_)


class Reconstruction(PCA):
    """PCA that scores rows by how well it gives them back, and not by their likelihood."""

    def score_samples(self, X: Any) -> np.ndarray:
        """Return minus the mean squared error of what is given back of each row, `(n_samples,)`."""
        check_is_fitted(self)
        given_back = self.inverse_transform(self.transform(X))
        errors: np.ndarray = -np.square(X - given_back).mean(axis=1)
        return errors
