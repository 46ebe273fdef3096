from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from torch import nn

from caselab import architectures, problems
from caselab.errors import UserError
from caselab.learning.estimators import LightningClassifier
from caselab.learning.training import Training
from caselab.params import PipelineBlock
from tests import toys
from tests.architectures.every import Entry, entries

BASELINE = problems.load("classification").baseline_architecture
OF_TABLES = [e for e in entries() if (e.problem, e.view) == ("classification", "table")]


def test_the_folder_lists_the_architectures():
    files = Path(architectures.__file__).parent.glob("[!_]*.py")
    assert architectures.names() == sorted(file.stem for file in files)


def test_an_unknown_architecture_names_the_nearest():
    with pytest.raises(UserError, match=r"no architecture 'xgbost'; the nearest: xgboost"):
        architectures.load("xgbost")


def test_a_problem_that_an_architecture_does_not_solve_is_refused(block):
    with pytest.raises(UserError, match="'logistic' does not solve regression"):
        architectures.build(block("logistic"), "table", "regression", seed=1, threads=1)


def test_training_settings_are_for_networks(block):
    with pytest.raises(UserError, match=r"'svm' is no network.*remove learning_rate"):
        architectures.build(
            block("svm", training={"learning_rate": 0.1}), "table", "classification", 1, 1
        )


def test_build_hands_on_settings_seed_and_threads(block):
    pipeline = architectures.build(
        block("random_forest", model={"n_estimators": 7}, features={"scale": "none"}),
        view="table",
        problem="classification",
        seed=11,
        threads=2,
    )
    assert [name for name, _ in pipeline.steps] == ["features", "model"]
    model = pipeline["model"].get_params()
    assert (model["n_estimators"], model["random_state"], model["n_jobs"]) == (7, 11, 2)
    assert pipeline["features"].get_params()["numbers__scale"] == "passthrough"


@pytest.mark.parametrize("entry", OF_TABLES, ids=str)
def test_who_learns_from_tables_tells_who_left_from_who_stayed(churn, entry):
    X, y = churn
    unfitted = entry.pipeline(max_epochs=20, learning_rate=0.02)
    pipeline = entry.fit(X[:1500], y[:1500], unfitted)
    assert list(pipeline.classes_) == ["No", "Yes"]
    found = pipeline.predict_proba(X[1500:])
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    auc = roc_auc_score(y[1500:] == "Yes", found[:, 1])
    assert auc == 0.5 if entry.architecture == BASELINE else auc > 0.75


@pytest.mark.parametrize("name", ["decision_tree", "random_forest", "xgboost"])
def test_trees_learn_a_step_that_the_mean_misses(name):
    random = np.random.default_rng(0)
    X = random.uniform(size=(1000, 2))
    y = np.where(X[:, 0] > 0.5, 10.0, 0.0) + random.normal(size=1000)
    small = {} if name == "decision_tree" else {"n_estimators": 50, "n_jobs": 1}
    model = architectures.load(name).regression(**small, random_state=0).fit(X[:800], y[:800])
    mean = architectures.load("baseline").regression().fit(X[:800], y[:800])
    assert mean.predict(X[800:]) == pytest.approx(np.full(200, y[:800].mean()))
    error = np.sqrt(np.mean((model.predict(X[800:]) - y[800:]) ** 2))
    assert error < (3.5 if name == "xgboost" else 1.3)  # noise alone: 1.0; the mean: 5.1


def test_the_baseline_answers_with_the_shares_of_training(floats):
    X, y = floats
    found = architectures.load("baseline").classification().fit(X, y).predict_proba(X)
    np.testing.assert_allclose(found[:, 1], (y == "Yes").mean())


def test_a_share_of_lasso_sets_coefficients_to_zero(floats):
    X, y = floats
    logistic = architectures.load("logistic").classification
    ridge = logistic(C=0.01, random_state=0).fit(X, y)
    lasso = logistic(C=0.01, l1_ratio=1.0, random_state=0).fit(X, y)
    assert (lasso.coef_ == 0).sum() > 10 > (ridge.coef_ == 0).sum()


def test_the_svm_gives_probabilities_that_rise_with_the_margin_and_are_calibrated(floats):
    X, y = floats
    model = architectures.load("svm").classification(random_state=0).fit(X[:1500], y[:1500])
    margin = model.calibrated_classifiers_[0].estimator.decision_function(X[1500:])
    probability = model.predict_proba(X[1500:])[:, 1]
    order = np.argsort(margin)
    assert (np.diff(probability[order]) >= 0).all()
    # Balanced weights alone would predict leaving for twice as many as leave.
    assert probability.mean() == pytest.approx((y == "Yes").mean(), abs=0.04)


@pytest.mark.parametrize(
    ("architecture", "settings"),
    [
        ("xgboost", {"model": {"n_estimators": 1000, "learning_rate": 0.3}}),
        ("mlp", {"training": {"max_epochs": 100, "learning_rate": 0.02}}),
    ],
)
@pytest.mark.parametrize("balance", ["oversample", "smote"])
def test_no_copy_of_a_row_held_out_is_learned_from(block, architecture, settings, balance):
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(800, 6)), columns=list("abcdef"))
    y = pd.Series((random.random(800) < 0.15).astype(int))  # nothing to learn
    asked = block(architecture, balance=balance, **settings)
    model = architectures.build(asked, "table", "classification", 1, 1).fit(X, y)["model"]
    validation = [epoch["validation_loss"] for epoch in model.history_]
    assert min(validation) > 0.6  # of even classes; copies bring it to a fraction
    assert len(validation) < 200


def test_ids_of_words_are_not_mixed_by_smote():
    asked = PipelineBlock(
        case="messages_spam",
        view="messages_spam-text",
        architecture="text_cnn",
        features={"represent": "tokens"},
        balance="smote",
    )
    with pytest.raises(UserError, match=r"smote mixes rows.*choose oversample or undersample"):
        architectures.build(asked, "text", "classification", 1, 1)


def test_what_holds_nothing_out_is_balanced_by_a_step(block):
    asked = block("logistic", balance="undersample")
    pipeline = architectures.build(asked, "table", "classification", 1, 1)
    assert [name for name, _ in pipeline.steps] == ["features", "balance", "model"]


def of_fixed_width(width):
    """A network that takes only rows of so many numbers, as one does that others have trained."""

    class FixedWidth(nn.Module):
        def __init__(self, shape, n_outputs, activation):
            super().__init__()
            if shape != (width,):
                raise UserError(f"The weights are for rows of {width} numbers, not of {shape}.")
            self.output = nn.Linear(width, n_outputs)

        def forward(self, x):
            return self.output(x)

    def architect(*, training: Training = Training(), random_state: int = 0):
        return LightningClassifier(FixedWidth, training=training, random_state=random_state)

    return architect


@pytest.mark.parametrize("name", ["mlp", "gone"])
def test_a_network_that_refuses_the_toy_rows_is_skipped_where_it_has_tests_of_its_own(
    monkeypatch, name
):
    monkeypatch.setattr(Entry, "architect", staticmethod(of_fixed_width(3)))
    monkeypatch.setattr(Entry, "build", lambda self, block: self.architect())
    toy = toys.rows("classification", "columns")
    outcome, words = {
        "mlp": (pytest.skip.Exception, r"tried in tests/architectures/test_mlp\.py: The weights"),
        "gone": (
            pytest.fail.Exception,
            r"for rows of 3 numbers.*write tests/architectures/test_gone\.py",
        ),
    }[name]
    with pytest.raises(outcome, match=words):
        Entry(name, "classification", "columns").fit(toy.X, toy.y)


def test_what_is_no_network_refuses_no_toy_rows(monkeypatch):
    def refuse(self, X, y):
        raise UserError("Not these.")

    monkeypatch.setattr("sklearn.dummy.DummyClassifier.fit", refuse)
    toy = toys.rows("classification", "columns")
    with pytest.raises(UserError, match=r"Not these\."):
        Entry("baseline", "classification", "columns").fit(toy.X, toy.y)
