from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from caselab.architectures import xgboost
from caselab.architectures.local_outlier_factor import LocalDensity
from caselab.evaluation.explanation import contributions, importance
from caselab.evaluation.explanation.budget import SLOW, STEADY, SWIFT, budget_of
from caselab.evaluation.metrics.classification import METRICS
from caselab.features import table
from caselab.grouping.detectors import Detector
from caselab.problems import regression
from caselab.problems.classification import answer

TREE = DecisionTreeClassifier(max_depth=4, random_state=0)
BOOSTED = xgboost.classification(n_estimators=30, random_state=0, n_jobs=1)
SVM = CalibratedClassifierCV(SVC(random_state=0), ensemble=False, cv=2)
FOREST = RandomForestClassifier(20, random_state=0)
BAG = BaggingClassifier(TREE, 10, random_state=0)


@pytest.fixture(scope="module")
def rows():
    """A table in which `plan` and `months` matter, `colour` and `noise` do not."""
    random = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "months": random.integers(0, 60, 500),
            "plan": random.choice(["free", "basic", "pro"], 500),
            "colour": random.choice(["red", "blue"], 500),
            "noise": random.normal(size=500),
        }
    )
    odds = 2.5 * (X["plan"] == "free") - 0.05 * X["months"] + random.logistic(size=500)
    return X, pd.Series(np.where(odds > 0, "Yes", "No"))


def fit(model, X, y):
    return Pipeline([("features", table.transformer()), ("model", model)]).fit(X, y)


def explain(model, rows, seed=0):
    X, y = rows
    pipeline = fit(model, X, y)
    found = contributions(pipeline, X[:250], X[250:], answer=answer, seed=seed)
    return pipeline, found


def margin(pipeline, X):
    return logit(answer(pipeline, X)["Yes"].to_numpy(dtype=float))


def probability(pipeline, X):
    return answer(pipeline, X)["Yes"].to_numpy()


@pytest.mark.parametrize(
    ("model", "unit", "output"),
    [
        (LogisticRegression(), "log-odds", margin),
        (BOOSTED, "log-odds", margin),
        (TREE, "probability", probability),
        (FOREST, "probability", probability),
        (BAG, "probability", probability),
        (SVM, "probability", probability),
        (GaussianNB(), "probability", probability),
        (DummyClassifier(), "probability", probability),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "fit") else "",
)
def test_contributions_sum_to_the_answer_and_speak_of_the_views_columns(model, unit, output, rows):
    pipeline, found = explain(model, rows)
    yes = found.outputs.index("Yes")
    assert found.unit == unit
    assert list(found.X.columns) == list(rows[0].columns)
    assert found.added.shape == (len(found.X), 4, 2)
    expected = output(pipeline, rows[0].iloc[found.rows])
    assert found.added[..., yes].sum(axis=1) + found.base[yes] == pytest.approx(expected, abs=1e-4)
    assert found.added[..., 1 - yes] == pytest.approx(-found.added[..., yes], abs=1e-6)


@pytest.mark.parametrize("model", [LogisticRegression(), BOOSTED, TREE, FOREST, SVM])
def test_what_matters_is_told_from_what_does_not(model, rows):
    pipeline, found = explain(model, rows)
    size = dict(zip(rows[0].columns, np.abs(found.added[..., 0]).mean(axis=0), strict=True))
    assert min(size["plan"], size["months"]) > 2 * max(size["colour"], size["noise"])
    shuffled = importance(
        pipeline,
        *rows,
        answer=answer,
        metric=METRICS["roc_auc"],
        decision={},
        seed=0,
        case=YES,
    )
    assert set(shuffled.table["column"][:2]) == {"plan", "months"}
    assert (shuffled.table["low"] <= shuffled.table["importance"]).all()
    assert (shuffled.table["importance"] <= shuffled.table["high"]).all()


class YES:
    title, metric, positive = "Toy", "roc_auc", "Yes"


@pytest.mark.parametrize("model", [LogisticRegression(), BOOSTED, TREE, GaussianNB()])
def test_three_classes_are_explained_one_by_one(model, rows):
    X, _ = rows
    y = X["plan"].where(X["noise"] > -1, "pro")
    pipeline, found = explain(model, (X, y))
    assert found.outputs == ("basic", "free", "pro")
    assert found.added.shape == (len(found.X), 4, 3)
    if found.unit == "probability":
        total = found.added.sum(axis=1) + found.base
        assert total == pytest.approx(answer(pipeline, X.iloc[found.rows]).to_numpy(), abs=1e-6)


def test_a_linear_model_is_explained_by_its_coefficients(rows):
    pipeline, found = explain(LogisticRegression(), rows)
    transform, model = pipeline[0], pipeline[1]
    features = pd.DataFrame(transform.transform(rows[0]), columns=transform.get_feature_names_out())
    plan = [name for name in features if name.startswith("plan")]
    weight = dict(zip(features, model.coef_[0], strict=True))
    raw = sum(features[name] * weight[name] for name in plan).iloc[found.rows].to_numpy()
    part = found.added[:, list(rows[0].columns).index("plan"), found.outputs.index("Yes")]
    assert part - part[0] == pytest.approx(raw - raw[0])


def test_a_feature_of_two_columns_belongs_to_both_in_equal_parts(rows):
    X, y = rows
    mix = FunctionTransformer(
        lambda Z: np.column_stack([Z["months"] * Z["noise"], Z["months"], (Z["plan"] == "free")])
    )
    pipeline = Pipeline([("features", mix), ("model", LogisticRegression())]).fit(X, y)
    found = contributions(pipeline, X[:50], X[50:], answer=answer, seed=0)
    months, colour, noise = (found.added[:, j, 1] for j in (0, 2, 3))
    assert (colour == 0).all()
    features = mix.transform(X.iloc[found.rows])
    product, alone = (pipeline[-1].coef_[0][k] * features[:, k] for k in (0, 1))
    assert noise - noise[0] == pytest.approx((product - product[0]) / 2)
    assert (months - months[0]) == pytest.approx((product - product[0]) / 2 + alone - alone[0])


def test_equal_seeds_explain_equally(rows):
    first, again, other = (explain(FOREST, rows, seed)[1] for seed in (1, 1, 2))
    assert (first.added == again.added).all()
    assert (first.rows != other.rows).any()


def test_how_much_is_asked_depends_on_the_kind_of_estimator_alone(rows):
    kinds = {SWIFT: [LogisticRegression(), TREE, BOOSTED], STEADY: [GaussianNB()], SLOW: [SVM]}
    for expected, models in kinds.items():
        for model in models:
            assert budget_of(fit(model, *rows)) == expected, model


def test_a_forest_of_many_leaves_is_not_left_to_tree_shap(rows, monkeypatch):
    pipeline = fit(FOREST, *rows)
    assert budget_of(pipeline) == SWIFT
    monkeypatch.setattr("caselab.evaluation.explanation.budget.MOST_LEAVES", 500)
    assert budget_of(pipeline) == STEADY


def test_more_support_vectors_are_asked_less(rows, monkeypatch):
    pipeline = fit(SVM, *rows)
    monkeypatch.setattr("caselab.evaluation.explanation.budget.MOST_PRODUCTS", 3_000_000)
    n_numbers = pipeline[-1].calibrated_classifiers_[0].estimator.support_vectors_.size
    assert budget_of(pipeline) == replace(SLOW, answers=3_000_000 // n_numbers)


def test_densities_of_more_rows_are_asked_less(rows, monkeypatch):
    numbers = rows[0].select_dtypes("number").to_numpy()
    density = Detector(LocalDensity(n_neighbors=5), random_state=0).fit(numbers)
    assert budget_of(density) == SLOW
    monkeypatch.setattr("caselab.evaluation.explanation.budget.MOST_PRODUCTS", 3_000_000)
    assert budget_of(density) == replace(SLOW, answers=3_000_000 // numbers.size)


def test_more_columns_are_asked_of_fewer_rows_and_too_many_of_none(rows):
    assert STEADY.rows(n_columns=25, times=20, most=200) == 100
    assert STEADY.rows(n_columns=100, times=20, most=200) == 25
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 400)))
    wide.columns = wide.columns.astype(str)
    pipeline = fit(GaussianNB(), wide, rows[1])
    assert contributions(pipeline, wide, wide, answer=answer, seed=0) is None


def test_no_more_than_200_rows_against_100(rows):
    X, y = (pd.concat([part] * 2, ignore_index=True) for part in rows)
    pipeline = fit(LogisticRegression(), X, y)
    assert len(contributions(pipeline, X, X, answer=answer, seed=0).rows) == 200
    assert max(kind.background_rows for kind in (SWIFT, STEADY, SLOW)) == 100


def test_shuffling_a_column_costs_what_scoring_its_shuffled_copies_says(rows):
    X, y = rows
    pipeline, metric = fit(LogisticRegression(), X, y), METRICS["roc_auc"]
    found = importance(pipeline, X, y, answer=answer, metric=metric, decision={}, case=YES, seed=0)
    intact = metric.function(y, answer(pipeline, X), {}, YES)
    drops = []
    for seed in range(60):
        order = np.random.default_rng(seed).permutation(len(X))
        shuffled = X.assign(plan=X["plan"].to_numpy()[order])
        drops.append(intact - metric.function(y, answer(pipeline, shuffled), {}, YES))
    line = found.table.set_index("column").loc["plan"]
    assert line["importance"] == pytest.approx(np.mean(drops), abs=3 * np.std(drops) / 5**0.5)


def test_a_target_learned_on_another_scale_is_explained_on_it_by_the_same_explainer(rows):
    X, _ = rows
    prices = np.exp(X["months"] / 20)
    model = TransformedTargetRegressor(LinearRegression(), func=np.log, inverse_func=np.exp)
    pipeline = fit(model, X, prices)
    found = contributions(pipeline, X[:250], X[250:], answer=regression.answer, seed=0)
    assert budget_of(pipeline) == SWIFT
    assert found.unit == "answer on the scale on which it was learned"
    answered = np.log(regression.answer(pipeline, found.X)["value"])
    np.testing.assert_allclose(
        found.added[:, :, 0].sum(axis=1) + found.base[0], answered, atol=1e-9
    )
