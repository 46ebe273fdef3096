"""What a notebook fits is what the stage train fits, and it leaves nothing behind."""

import json

import numpy as np
import pandas as pd
import pytest

from caselab import params
from caselab.errors import UserError
from caselab.project import places
from caselab.stages import evaluate, in_memory
from caselab.storage import models
from caselab.tracking.tracker import Untracked
from tests.stages.toys import PARAMS, leave_features, train


@pytest.fixture
def toy(project):
    (project / "params.yaml").write_text(PARAMS)
    leave_features()
    return params.load()


def test_it_learns_what_train_learns(toy):
    train(toy, "toy-tree")
    evaluate.run(toy, "toy-tree", Untracked())
    found = in_memory.fit(toy, "churn", "decision_tree")  # with the pipeline's min_samples_leaf
    folder = places.model("churn", "toy-tree")
    pd.testing.assert_frame_equal(found.held_out, pd.read_parquet(folder / "held_out.parquet"))
    X = pd.DataFrame({"months": [1, 50], "plan": ["free", "pro"], "charges": [50.0, 60.0]})
    expected = models.load(folder).predict_proba(X)
    np.testing.assert_array_equal(found.pipeline.predict_proba(X), expected)
    scores = json.loads((places.report("churn", "toy-tree") / "metrics.json").read_text())
    assert found.scores["validation"].to_dict() == pytest.approx(scores["validation"])


def test_settings_are_given_as_arguments_and_nothing_is_left_behind(toy, project):
    before = sorted(project.rglob("*"))
    weak = in_memory.fit(toy, "churn", "logistic", C=1e-4, features={"scale": "none"})
    assert weak.pipeline["model"].C == 1e-4
    strong = in_memory.fit(toy, "churn", "toy-logistic")
    gain = strong.scores - weak.scores
    assert gain.loc["log_loss", "validation"] < 0
    assert "C=0.0001" in weak._repr_html_()
    assert sorted(project.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"architecture": "logstic"}, "no architecture 'logstic'; the nearest: logistic"),
        ({"architecture": "logistic", "c": 1}, "model.c is not known; known: C, "),
        ({"architecture": "logistic", "C": -1}, "model.C"),
        ({"architecture": "ridge"}, "does not solve classification"),
        ({"architecture": "logistic", "view": "tou"}, "no view of churn 'tou'"),
        ({"architecture": "logistic", "training": {"max_epochs": 1}}, "training has no place"),
    ],
)
def test_what_is_wrong_is_one_sentence(toy, arguments, expected):
    with pytest.raises(UserError, match=expected):
        in_memory.fit(toy, "churn", **arguments)


def test_before_featurize_it_says_what_to_run(project):
    (project / "params.yaml").write_text(PARAMS)
    with pytest.raises(UserError, match="run `caselab run toy`"):
        in_memory.fit(params.load(), "churn", "logistic")
