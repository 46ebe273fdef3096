"""The plots of pictures: what was decided wrongly, and where a network looks."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline
from torch import nn

from caselab.evaluation.plots import convolutions, gallery, learning, saliency, style
from caselab.evaluation.report import Report
from caselab.features import pictures
from caselab.learning.estimators import LightningClassifier
from caselab.learning.training import Training
from caselab.storage.rows import Rows

NAMES = ["Ankle boot", "Bag", "T-shirt/top"]


@pytest.fixture(scope="module")
def X():
    """Sixty pictures; what tells their classes apart is the brightness of the upper left corner."""
    random = np.random.default_rng(0)
    X = random.integers(0, 200, (60, 14, 12), dtype=np.uint8)
    X[:, :4, :4] = np.arange(60)[:, None, None] % 3 * 100
    return X


class Corner(nn.Module):
    """A network that sees the upper left corner alone."""

    def __init__(self, shape, n_outputs, activation, *, side):
        super().__init__()
        self.side = side
        self.output = nn.Linear(side * side, n_outputs)

    def forward(self, x):
        return self.output(x.reshape(len(x), 14, 12)[:, : self.side, : self.side].flatten(1))


def fitted(X, y, *, flatten):
    training = Training(max_epochs=3, accelerator="cpu")
    model = LightningClassifier(Corner, {"side": 4}, training=training, random_state=0)
    return Pipeline([("features", pictures.transformer(flatten=flatten)), ("model", model)]).fit(
        X, y
    )


def report(X, y, answers, **known):
    return Report(
        pipeline="images-lenet",
        case=SimpleNamespace(title="Articles of clothing", metric="accuracy", positive=None),
        metrics={},
        ids=pd.Series([f"test-{i}" for i in range(len(y))]),
        y=pd.Series(y),
        answers=answers,
        decided=answers.idxmax(axis=1),
        decision={},
        settings={},
        scores={},
        intervals={},
        units=np.arange(len(y)),
        seed=0,
        X=X,
        **known,
    )


@pytest.fixture(scope="module")
def y(X):
    return np.array(NAMES)[np.arange(len(X)) % 3]


@pytest.fixture
def answers(y):
    odds = np.random.default_rng(1).random((len(y), 3)) + (y[:, None] == np.array(NAMES)) * 0.4
    return pd.DataFrame(odds / odds.sum(axis=1, keepdims=True), columns=NAMES)


def test_the_gallery_shows_the_surest_errors_first(X, y, answers, tmp_path):
    with style.house():
        plot = gallery.errors(report(X, y, answers))
    wrong = answers.idxmax(axis=1) != y
    assert set(plot.data["id"]) == {f"test-{i}" for i in np.flatnonzero(wrong)}
    assert plot.data["probability"].is_monotonic_decreasing
    first = int(plot.data["id"][0].split("-")[1])
    assert plot.data["actual"][0] == y[first]
    assert plot.data["probability"][0] == answers.iloc[first].max()
    assert plot.data["probability_of_actual"][0] == answers[y[first]][first]
    shown = plot.figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(shown, X[first])
    style.write_png(plot.figure, tmp_path / "errors.png")


def test_without_pictures_errors_or_classes_there_is_no_gallery(X, y, answers):
    right = pd.DataFrame((y[:, None] == np.array(NAMES)).astype(float), columns=NAMES)
    assert gallery.errors(report(X, y, right)) is None
    assert gallery.errors(report(X.reshape(60, -1), y, answers)) is None
    assert gallery.errors(report(pd.DataFrame({"a": y}), y, answers)) is None


@pytest.mark.parametrize("flatten", [True, False])
def test_saliency_lies_where_the_network_looks(X, y, answers, flatten, tmp_path):
    estimator = fitted(X, y, flatten=flatten)
    with style.house():
        plot = saliency.saliency(report(X, y, answers, estimator=estimator))
    maps = plot.data.pivot_table(index="id", columns=["row", "column"], values="gradient")
    maps = maps.to_numpy().reshape(6, 14, 12)  # two pictures of each of three classes
    assert (maps[:, :4, :4] > 0).all()
    assert not maps[:, 4:].any()
    assert not maps[:, :, 4:].any()
    style.write_png(plot.figure, tmp_path / "saliency.png")
    model = estimator[-1]  # the network is linear, so its gradient is its weights
    place = list(model.classes_).index(answers.idxmax(axis=1)[0])
    weights = np.abs(model.weights_["output.weight"][place]).reshape(4, 4)
    np.testing.assert_allclose(maps[0, :4, :4], weights, rtol=1e-5)


def test_what_is_no_network_has_no_saliency(X, y, answers):
    from sklearn.dummy import DummyClassifier

    estimator = Pipeline([("features", pictures.transformer()), ("model", DummyClassifier())])
    assert saliency.saliency(report(X, y, answers, estimator=estimator.fit(X, y))) is None
    network = fitted(X, y, flatten=True)
    columns = pd.DataFrame({"a": y})
    assert saliency.saliency(report(columns, y, answers, estimator=network)) is None


def test_colour_is_drawn_too(X, y, answers):
    color = np.stack([X, X, X], axis=-1)
    with style.house():
        assert gallery.errors(report(color, y, answers)) is not None


def test_pictures_that_lie_on_disk_are_shown_alike(X, y, answers):
    with style.house():
        plots = [gallery.errors(report(rows, y, answers)) for rows in (X, Rows(X))]
    assert plots[0].data.equals(plots[1].data)
    estimator = fitted(X, y, flatten=False)
    with style.house():
        known = {"estimator": estimator, "background": Rows(X)}
        shown = [saliency.saliency(report(rows, y, answers, **known)) for rows in (X, Rows(X))]
    assert shown[0].data.equals(shown[1].data)


class Convolving(nn.Module):
    """A network that convolves, with a first layer of nine filters."""

    def __init__(self, shape, n_outputs, activation):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(shape[0], 9, 3, padding=1), activation())
        self.second = nn.Sequential(nn.Conv2d(9, 20, 3, stride=2), activation())
        self.output = nn.Linear(20, n_outputs)

    def forward(self, x):
        return self.output(self.second(self.first(x)).mean((2, 3)))


@pytest.fixture(scope="module", params=["grey", "colour"])
def convolving(request, X, y):
    shown = X if request.param == "grey" else np.stack([X, X[::-1], X], axis=-1)
    training = Training(max_epochs=2, accelerator="cpu")
    model = LightningClassifier(Convolving, training=training, random_state=0)
    steps = [("features", pictures.transformer(flatten=False)), ("model", model)]
    return shown, Pipeline(steps).fit(shown, y)


def test_filters_and_maps_of_a_network_that_convolves_are_drawn(convolving, y, answers, tmp_path):
    shown, estimator = convolving
    of = report(shown, y, answers, estimator=estimator)
    with style.house():
        filters, maps = convolutions.filters(of), convolutions.feature_maps(of)
    weights = estimator[-1].weights_["first.0.weight"]
    np.testing.assert_array_equal(filters.data["weight"], weights.ravel())
    assert maps.data["layer"].value_counts().to_dict() == {"second.1": 20, "first.1": 9}
    for name, plot in (("filters", filters), ("feature_maps", maps)):
        style.write_png(plot.figure, tmp_path / f"{name}.png")
        assert plot.of_rows


def test_grad_cam_stands_below_the_gradients_of_what_convolves(convolving, X, y, answers):
    shown, estimator = convolving
    with style.house():
        plot = saliency.saliency(report(shown, y, answers, estimator=estimator))
        other = saliency.saliency(
            report(X, y, answers, estimator=fitted(X, y, flatten=False)),
        )
    assert len(plot.figure.axes) == 18
    assert (plot.data["grad_cam"] >= 0).all()
    assert plot.data["grad_cam"].any()
    assert "grad_cam" not in other.data


def test_what_does_not_convolve_has_no_filters(X, y, answers):
    of = report(X, y, answers, estimator=fitted(X, y, flatten=False))
    assert convolutions.filters(of) is None
    assert convolutions.feature_maps(of) is None


def test_curves_tell_where_a_phase_begins():
    rows = {
        "fold": ["all"] * 4,
        "epoch": [1, 2, 3, 4],
        "train_loss": [0.9, 0.7, 0.6, 0.5],
        "phase": [1, 1, 2, 2],
    }
    known = SimpleNamespace(
        history=pd.DataFrame(rows),
        estimator=None,
        pipeline="images-lenet",
        case=SimpleNamespace(title="Articles of clothing"),
    )
    with style.house():
        plot = learning.epochs(known)
    words = [text.get_text() for text in plot.figure.axes[0].texts]
    assert words[:2] == ["phase 1", "phase 2"]
    known.history = known.history.drop(columns="phase")
    with style.house():
        plot = learning.epochs(known)
    assert "phase 1" not in [text.get_text() for text in plot.figure.axes[0].texts]
