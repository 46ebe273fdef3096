from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def case():
    return SimpleNamespace(title="Toy", metric="roc_auc", positive="Yes")


@pytest.fixture
def many():
    """A case of three or more classes."""
    return SimpleNamespace(title="Toy", metric="roc_auc", positive=None)


@pytest.fixture
def binary():
    """300 rows with ties among their probabilities."""
    return draw_binary(300, seed=1)


@pytest.fixture
def multiclass():
    """400 rows of four classes."""
    random = np.random.default_rng(2)
    y = random.choice(list("abcd"), size=400, p=[0.4, 0.3, 0.2, 0.1])
    odds = random.random((400, 4)) + 1.5 * (y[:, None] == np.array(list("abcd")))
    answers = pd.DataFrame(odds / odds.sum(axis=1, keepdims=True), columns=list("abcd"))
    return pd.Series(y), answers


def draw_binary(n: int, seed: int, share: float = 0.3) -> tuple[pd.Series, pd.DataFrame]:
    random = np.random.default_rng(seed)
    yes = random.random(n) < share
    probability = np.clip(random.normal(0.3 + 0.25 * yes, 0.2), 0, 1).round(2)
    answers = pd.DataFrame({"No": 1 - probability, "Yes": probability})
    return pd.Series(np.where(yes, "Yes", "No")), answers
