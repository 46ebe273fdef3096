import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification


@pytest.fixture(scope="package", autouse=True)
def _one_thread():
    """Train as a stage does; more threads wait for each other on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def rows():
    """Return 300 rows of 6 floats and their two classes, a fifth of them mislabelled."""
    X, y = make_classification(300, 6, flip_y=0.2, class_sep=1.0, random_state=0)
    return X.astype(np.float32), y


@pytest.fixture(scope="session")
def line():
    """Return 300 rows of 4 floats and a number that is linear in them, far from 0 and 1."""
    X = np.random.default_rng(0).normal(size=(300, 4))
    return X, 50_000 + 10_000 * (X @ [1.0, -2.0, 0.5, 0.0])
