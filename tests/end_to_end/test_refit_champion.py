"""A kind of problem whose champion learns the latest rows too, once the gate has judged it."""

import json
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from caselab import architectures
from caselab.params import PipelineBlock
from caselab.storage import datasets, models
from tests.end_to_end.conftest import Clone, clone

FILES = {
    "problems/latest_told.py": """
from dataclasses import replace
from caselab.problems import classification
problem = replace(classification.problem, refit_champion=True)
""",
    "cases/leaving.py": """
from dataclasses import replace
from caselab.cases import churn
case = replace(
    churn.case, name="leaving", title="Leaving", problem="latest_told", metric="roc_auc"
)
""",
    "architectures/baseline.py": """
def latest_told():
    return classification()
""",
    "architectures/logistic.py": """
def latest_told(*, random_state: int):
    return classification(random_state=random_state)
""",
    "architectures/naive_bayes.py": """
def latest_told():
    return classification()
""",
}
NAMES = ("logistic", "naive_bayes", "baseline")


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Clone:
    """A project with a toy kind, in which the logistic regression is champion."""
    case = {
        "source": "telco",
        "split": {"test": 0.2},
        "validation": {"kind": "kfold", "folds": 2},
        "evaluation": {},
    }
    block = {"case": "leaving", "view": "leaving-table"}
    made = clone(
        tmp_path_factory.mktemp("refit") / "house",
        cases={"leaving": case},
        views={"leaving-table": {"case": "leaving", "view": "table"}},
        pipelines={f"leaving-{name}": block | {"architecture": name} for name in NAMES},
        schedules={},
    )
    for name, code in FILES.items():
        with (made.root / "src/caselab" / name).open("a") as file:
            file.write(code)
    made.commit()
    made.run("caselab", "run", "leaving", seconds=400)
    return made


def versions(house: Clone) -> list[dict[str, str]]:
    client = mlflow.MlflowClient(f"sqlite:///{house.root / 'mlflow.db'}")
    found = client.search_model_versions("name = 'leaving'")
    return [each.tags for each in sorted(found, key=lambda each: int(each.version))]


def champion_folder(house: Clone) -> Path:
    client = mlflow.MlflowClient(f"sqlite:///{house.root / 'mlflow.db'}")
    version = client.get_model_version_by_alias("leaving", "champion").version
    place = client.get_model_version_download_uri("leaving", version)
    return Path(place.removeprefix("file://"))


def on_all_rows(house: Clone) -> np.ndarray:
    """The coefficients of a logistic regression of train and test rows, by hand."""
    folder = house.root / "data/features/leaving-table"
    train, test = (datasets.read(folder / part) for part in ("train", "test"))
    block = PipelineBlock(case="churn", view="leaving-table", architecture="logistic")
    pipeline = architectures.build(block, "table", "classification", house.params["seed"], 1)
    X, y = (pd.concat([getattr(part, name) for part in (train, test)]) for name in ("X", "y"))
    return pipeline.fit(X, y)[-1].coef_


def test_the_champion_is_fitted_on_all_rows_and_says_so(house):
    artifacts = champion_folder(house) / "artifacts"
    judged, served = (models.load(artifacts / n) for n in ("leaving-logistic", "all_rows"))
    left = house.root / "models/leaving/leaving-logistic/model.skops"
    assert (artifacts / "leaving-logistic/model.skops").read_bytes() == left.read_bytes()
    np.testing.assert_allclose(served[-1].coef_, on_all_rows(house), rtol=1e-6)
    assert not np.allclose(served[-1].coef_, judged[-1].coef_)
    assert versions(house)[0]["caselab.fitted_on"] == "train and test rows"


def test_it_answers_as_fitted_on_all_rows(house):
    house.run("caselab", "predict", "leaving", "customers.csv", "--output", "answers.csv")
    answers = pd.read_csv(house.root / "answers.csv", dtype={"customer_id": str})
    pipeline = models.load(champion_folder(house) / "artifacts/all_rows")
    rows = datasets.read(house.root / "data/features/leaving-table/test")
    told = answers.set_index("customer_id").loc[rows.ids, "Yes"]
    np.testing.assert_allclose(told, pipeline.predict_proba(rows.X)[:, 1], rtol=1e-6)


def test_what_loses_is_fitted_on_train_rows_alone_and_held_against_what_was_judged(house):
    """The champion that is served has seen the test rows, and would win by that."""
    board = house.root / "leaderboards/leaving/leaderboard.json"
    before = board.read_text()
    board.write_text(json.dumps(json.loads(before) | {"candidate": "leaving-naive_bayes"}))
    house.run("caselab", "promote", "leaving", code=None)
    board.write_text(before)
    first, second = versions(house)[:2]
    assert second["caselab.decision"] == "lost"
    assert "caselab.fitted_on" not in second
    scores = json.loads(second["caselab.scores"])
    assert scores["champion"] == json.loads(first["caselab.scores"])["candidate"]


def test_it_is_made_again_to_the_same_bytes(house):
    done = house.run("caselab", "rebuild", "leaving", "1", "--into", "../again", seconds=400)
    assert "all_rows" not in done.stdout  # where files that differ are named
    again = house.root.parent / "again/.caselab/refitted/leaving-logistic/model.skops"
    served = champion_folder(house) / "artifacts/all_rows/model.skops"
    assert again.read_bytes() == served.read_bytes()
