import numpy as np
import pytest
import xgboost
from sklearn.utils.estimator_checks import parametrize_with_checks

from caselab.architectures.xgboost import BoostedTreesClassifier, BoostedTreesRegressor
from caselab.learning.validation import hold_out


@parametrize_with_checks(
    [BoostedTreesClassifier(n_estimators=20), BoostedTreesRegressor(n_estimators=20)]
)
def test_scikit_learns_contract(estimator, check):
    check(estimator)


@pytest.fixture
def fast():
    return {"n_estimators": 400, "learning_rate": 0.3, "n_iter_no_change": 10, "random_state": 0}


def losses(model, part):
    return [epoch[f"{part}_loss"] for epoch in model.history_]


def test_boosting_stops_early_and_answers_with_its_best_round(floats, fast):
    model = BoostedTreesClassifier(**fast).fit(*floats)
    validation = losses(model, "validation")
    best = int(np.argmin(validation)) + 1
    assert [epoch["epoch"] for epoch in model.history_] == list(range(1, len(validation) + 1))
    assert len(validation) == best + fast["n_iter_no_change"] < fast["n_estimators"]
    assert model.booster_.num_boosted_rounds() == best
    assert losses(model, "train")[-1] < losses(model, "train")[0]


def test_the_rows_held_out_are_not_learned_from(floats, fast):
    X, y = floats
    labels = (y == "Yes").astype(int)
    seed = np.random.RandomState(0).randint(2**31 - 1)
    learn, held = hold_out(len(X), 0.1, seed, labels)
    assert labels[held].mean() == pytest.approx(labels[learn].mean(), abs=0.01)
    model = BoostedTreesClassifier(**fast | {"n_estimators": 5}).fit(X, y)
    broken = X.copy()
    broken[held] = 0.0
    blind = BoostedTreesClassifier(**fast | {"n_estimators": 5}).fit(broken, y)
    assert losses(model, "train") == losses(blind, "train")
    assert losses(model, "validation") != losses(blind, "validation")


def test_without_a_validation_fraction_every_round_stays(floats, fast):
    model = BoostedTreesClassifier(**fast | {"validation_fraction": 0, "n_estimators": 15})
    model.fit(*floats)
    assert model.booster_.num_boosted_rounds() == len(model.history_) == 15
    assert set(model.history_[0]) == {"epoch", "train_loss"}


def test_it_answers_as_plain_xgboost_does(floats):
    X, y = floats
    settings = {"n_estimators": 20, "learning_rate": 0.2, "max_depth": 4, "random_state": 0}
    ours = BoostedTreesClassifier(**settings, validation_fraction=0).fit(X, y)
    theirs = xgboost.XGBClassifier(**settings, n_jobs=1).fit(X, y == "Yes")
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-6)
    np.testing.assert_allclose(ours.feature_importances_.sum(), 1, rtol=1e-6)


def test_more_than_two_classes_with_text_for_labels(blobs, fast):
    X, y = blobs
    model = BoostedTreesClassifier(**fast).fit(X, y)
    assert list(model.classes_) == ["east", "north", "south"]
    assert model.predict_proba(X).shape == (300, 3)
    assert (model.predict(X) == y).mean() > 0.95


def test_balanced_weights_raise_the_answers_of_the_rarer_class(floats, fast):
    X, y = floats
    plain = BoostedTreesClassifier(**fast).fit(X, y).predict_proba(X)[:, 1]
    balanced = BoostedTreesClassifier(**fast, class_weight="balanced").fit(X, y)
    by_hand = BoostedTreesClassifier(**fast, class_weight={"No": 1.0, "Yes": 3.0}).fit(X, y)
    assert balanced.predict_proba(X)[:, 1].mean() > plain.mean() + 0.1
    assert by_hand.predict_proba(X)[:, 1].mean() > plain.mean() + 0.1


def test_missing_numbers_are_taken(floats, fast):
    X, y = floats
    gappy = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
    assert np.isfinite(BoostedTreesClassifier(**fast).fit(gappy, y).predict_proba(gappy)).all()


def test_threads_do_not_change_the_answers(floats, fast):
    X, y = floats
    one, two = (
        BoostedTreesClassifier(**fast, n_jobs=threads).fit(X, y).predict_proba(X)
        for threads in (1, 2)
    )
    np.testing.assert_array_equal(one, two)


def test_one_class_is_no_question(floats):
    X, _ = floats
    with pytest.raises(ValueError, match="one class"):
        BoostedTreesClassifier().fit(X, np.full(len(X), "No"))
