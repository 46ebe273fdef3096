from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from caselab.features import table
from caselab.params import PipelineBlock


@pytest.fixture(scope="session")
def churn():
    """Return 2,000 customers as the view shows them, and who left."""
    records = pd.read_parquet(files("caselab") / "sources/telco.parquet").head(2000)
    target = records.pop("churn")
    return table.view(records.drop(columns="customer_id"), ratios=True), target


@pytest.fixture(scope="session")
def floats(churn):
    """Return the same customers as floats, and who left."""
    X, y = churn
    return table.transformer().fit_transform(X), y.to_numpy()


@pytest.fixture
def block():
    def make(architecture, **settings):
        return PipelineBlock(
            case="churn", view="churn-table", architecture=architecture, **settings
        )

    return make


@pytest.fixture(scope="session")
def blobs():
    """Return three classes of points in the plane, with text for labels."""
    random = np.random.default_rng(0)
    labels = np.repeat(["north", "east", "south"], 100)
    centres = {"north": (0, 4), "east": (4, 0), "south": (0, -4)}
    return random.normal(size=(300, 2)) + [centres[label] for label in labels], labels
