"""Restorers: clean pictures reach the model as it sees the noisy ones, and come back as bytes."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from caselab.data.pictures import png
from caselab.errors import UserError
from caselab.features.pictures import transformer
from caselab.reconstruction.restorers import Restorer


class Memory(BaseEstimator):
    """Answers the clean pictures that it was shown."""

    def fit(self, X, y=None, *, clean):
        assert clean.shape == X.shape
        assert clean.dtype == np.float32
        self.clean_ = clean
        return self

    def transform(self, X):
        return self.clean_[: len(X)]

    def inverse_transform(self, Z):
        return Z


@pytest.mark.parametrize("flatten", [True, False])
@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 3)])
def test_clean_pictures_lie_as_noisy_ones_do(flatten, shape):
    drawn = np.random.default_rng(0).integers(0, 256, (6, *shape), dtype=np.uint8)
    X = transformer(flatten=flatten).fit_transform(drawn)
    files = pd.Series([png(each) for each in drawn])
    restorer = Restorer(Memory()).fit(X, files)
    np.testing.assert_array_equal(restorer.model_.clean_, X)  # pixel by pixel
    np.testing.assert_array_equal(restorer.restore(X), drawn)


def test_clean_pictures_of_another_size_are_refused():
    X = np.zeros((2, 20), dtype=np.float32)
    files = pd.Series([png(np.zeros((5, 4), np.uint8)), png(np.zeros((4, 4), np.uint8))])
    with pytest.raises(UserError, match="row 2 has 4 x 4 numbers"):
        Restorer(Memory()).fit(X, files)
