"""Pictures of codes, of what is made up, and of what is restored."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline

from caselab import problems
from caselab.architectures import autoencoder, pca, variational_autoencoder
from caselab.data.pictures import png
from caselab.evaluation import intervals
from caselab.evaluation.plots import codes, generation, restored, style
from caselab.evaluation.report import Report
from caselab.features import pictures
from caselab.learning.training import Training

SIDE = 12
TRAINING = Training(max_epochs=4, learning_rate=0.01, batch_size=32, accelerator="cpu")


@pytest.fixture(scope="module")
def X():
    """Pictures of a bright square, whose place along the diagonal is all that tells them apart."""
    random = np.random.default_rng(0)
    drawn = random.integers(0, 40, (150, SIDE, SIDE), dtype=np.uint8)
    for number, picture in enumerate(drawn):
        place = number % 9
        picture[place : place + 4, place : place + 4] += 200
    return drawn


def reported(X, y, estimator, kind, metric):
    problem = problems.load(kind)
    pipeline = Pipeline([("features", pictures.transformer()), ("model", estimator)])
    pipeline.fit(X[:100], y[:100])
    asked, y = X[100:], y[100:].reset_index(drop=True)
    answers, units = problem.answer(pipeline, asked), np.arange(len(asked))
    case = SimpleNamespace(title="Squares", metric=metric, positive=None)
    return Report(
        pipeline="squares-net",
        case=case,
        metrics=problem.metrics,
        ids=pd.Series([f"test-{number}" for number in units]),
        y=y,
        answers=answers,
        decided=problem.decide(answers, case, {}),
        decision={},
        settings={"maps": ["pca", "tsne"]},
        scores=problem.score(y, answers, case),
        intervals=intervals.intervals(
            problem.metrics, y, answers, {}, case, units=units, seed=0, n_resamples=20
        ),
        units=units,
        seed=0,
        estimator=pipeline,
        X=asked,
        background=X[:100],
    )


@pytest.fixture(scope="module")
def place(X):
    return pd.Series([str(number % 9 // 3) for number in range(len(X))])


@pytest.fixture(scope="module")
def variational(X, place):
    estimator = variational_autoencoder.compression(
        n_codes=3, hidden=(16,), training=TRAINING, random_state=0, sizes=(1, 2)
    )
    return reported(X, place, estimator, "compression", "psnr")


@pytest.fixture(autouse=True)
def _house():
    with style.house():
        yield


def test_what_codes_give_back_is_told_in_decibels(variational):
    plot = codes.reconstructions(variational)
    assert plot.data["id"].tolist() == ["test-0", "test-2", "test-5"]  # the first of each class
    row = int(plot.data["id"].iloc[1].removeprefix("test-"))
    shown = variational.X[row] / 255
    back = codes.given_back(variational, codes.codes(variational.answers.iloc[[row]])) / 255
    expected = -10 * np.log10(((shown - back) ** 2).mean())
    assert plot.data["psnr"].iloc[1] == pytest.approx(expected, rel=1e-3)


def test_maps_show_codes_beside_the_rows_themselves(variational, X):
    table = codes.maps(variational).data
    assert {"codes_x", "pca_x", "tsne_x"} <= set(table)
    assert "umap_x" not in table
    flat = X[100:].reshape(50, -1) / 255
    expected = PCA(2, svd_solver="full").fit_transform(flat)[:, 0]
    assert abs(np.corrcoef(table["pca_x"], expected)[0, 1]) == pytest.approx(1)
    assert set(table["class"]) == {"0", "1", "2"}


def test_rate_is_what_was_tried(variational):
    assert codes.rate(variational).data["n_codes"].tolist() == [1, 2]


def test_the_bound_stands_beside_the_exact_likelihood_of_principal_components(variational, X):
    table = generation.likelihood(variational).data.set_index("model")
    rows = [each.reshape(len(each), -1) / 255 for each in (X[:100], X[100:])]
    exact = PCA(3, svd_solver="covariance_eigh").fit(rows[0].astype(float)).score(rows[1])
    assert table["nats"].iloc[1] == pytest.approx(exact, rel=1e-3)
    assert (table["low"] <= table["nats"]).all()
    assert (table["nats"] <= table["high"]).all()


def test_what_is_made_up_and_what_lies_between(variational):
    assert len(generation.samples(variational).data) == 50
    between = generation.interpolations(variational).data
    assert between["from"].tolist() == ["test-0"]


def test_codes_that_are_points_make_nothing_up(X, place):
    report = reported(X, place, pca.compression(n_codes=2, random_state=0), "compression", "psnr")
    for plot in (generation.samples, generation.interpolations, generation.likelihood, codes.rate):
        assert plot(report) is None
    assert codes.maps(report) is not None


def test_restored_pictures_stand_beside_noisy_and_clean_ones(X):
    random = np.random.default_rng(1)
    noisy = (X + random.normal(0, 40, X.shape)).clip(0, 255).astype(np.uint8)
    clean = pd.Series([png(each) for each in X])
    estimator = autoencoder.restoration(n_codes=16, hidden=(), training=TRAINING, random_state=0)
    report = reported(noisy, clean, estimator, "restoration", "psnr")
    shown = restored.restored(report).data
    assert len(shown) == 10
    truth = X[100].astype(float)
    before = 10 * np.log10(255**2 / ((noisy[100] - truth) ** 2).mean())
    assert shown["before"].iloc[0] == pytest.approx(before)
    gains = restored.gains(report).data
    assert gains["before"].is_monotonic_increasing
