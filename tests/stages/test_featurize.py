from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator

from caselab import features
from caselab.errors import RowError, UserError
from caselab.stages import featurize
from caselab.storage import datasets
from caselab.storage.datasets import Dataset


@pytest.fixture
def prepared(project):
    """Leave 60 train rows in three folds and 20 test rows."""
    random = np.random.default_rng(0)
    records = pd.DataFrame(
        {
            "tenure": random.integers(0, 72, 80),
            "monthly_charges": random.uniform(20, 100, 80),
            "total_charges": random.uniform(0, 8000, 80),
            "contract": random.choice(["One year", "Two year"], 80),
        }
    )
    target = pd.Series(random.choice(["No", "Yes"], 80))
    rows = Dataset(records, target, pd.Series(range(80)).astype(str), np.arange(80) % 3)
    parts = {"train": rows.take(np.arange(60)), "test": rows.take(np.arange(60, 80))}
    for name, part in parts.items():
        datasets.write(part, Path("data/prepared/churn", name))
    return parts


def test_train_and_test_in_the_views_form(prepared, churn_params):
    featurize.run(churn_params(ratios=True), "churn-table")
    for name, rows in prepared.items():
        viewed = datasets.read(Path("data/features/churn-table", name))
        expected = features.load("table").view(rows.X, ratios=True)
        pd.testing.assert_frame_equal(viewed.X, expected)
        assert "monthly_charges/total_charges" in viewed.X
        assert viewed.ids.tolist() == rows.ids.tolist()
        assert viewed.y.tolist() == rows.y.tolist()
        assert viewed.fold.tolist() == rows.fold.tolist()


def test_a_row_that_the_view_cannot_show_is_named_by_its_id(prepared, churn_params, monkeypatch):
    def refusing(records, **_):
        raise RowError(
            "The picture in row 4 of 60 cannot be read; mend it.",
            {3: "cannot be read"},
            "row 4 of 60",
        )

    monkeypatch.setattr(features.load("table"), "view", refusing)
    name = prepared["train"].ids[3]
    with pytest.raises(UserError, match=rf"in row 4 of 60 \({name}\) cannot be read; mend it"):
        featurize.run(churn_params(), "churn-table")
    assert not Path("data/features/churn-table").exists()


def test_a_planted_view_that_learns_from_rows_is_caught(prepared, churn_params, monkeypatch):
    def planted(records, **_):
        return records.assign(tenure=records["tenure"] / records["tenure"].max())

    monkeypatch.setattr(features.load("table"), "view", planted)
    with pytest.raises(UserError, match="'churn-table' shows the column 'tenure' differently"):
        featurize.run(churn_params(), "churn-table")
    assert not Path("data/features/churn-table").exists()


def test_a_planted_transformer_that_was_fitted_on_everything_is_caught(
    prepared, churn_params, monkeypatch
):
    rows = pd.concat([part.X for part in prepared.values()])
    known = FrozenEstimator(features.load("table").transformer().fit(rows))
    monkeypatch.setattr(features.load("table"), "transformer", lambda: known)
    with pytest.raises(UserError, match="fitted before it has seen the train rows"):
        featurize.run(churn_params(), "churn-table")
    assert not Path("data/features/churn-table").exists()
