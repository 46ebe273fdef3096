"""A network that others have trained, on photographs too large for the tests that all networks take."""

import hashlib
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from caselab import architectures, learning
from caselab.architectures.pretrained import FineTuned
from caselab.data import downloads
from caselab.errors import UserError
from caselab.features import pictures
from caselab.learning.backbones import efficientnet_lite0
from caselab.learning.layers.efficientnet import features
from caselab.params import PipelineBlock
from caselab.storage import models
from tests.learning.test_phases import KilledError

SIDE = 32
PHASES = (
    {"epochs": 3, "learn": ("head",)},
    {"epochs": 2, "learning_rate": 0.0005, "learn": {"head": 1.0, "backbone.8": 0.5}},
)


@pytest.fixture(autouse=True)
def weights(tmp_path, monkeypatch):
    """Let a file of weights drawn at random stand for the package's."""
    torch.manual_seed(3)
    path = tmp_path / "lite0.pth"
    torch.save(features("lite0", 3, torch.nn.ReLU6).state_dict(), path)
    file = downloads.bundled(path, hashlib.sha256(path.read_bytes()).hexdigest())
    real = efficientnet_lite0.backbone

    def backbone(block):
        found = real(block)
        return replace(found, weights=replace(found.weights, files=(file,), renamed=None))

    monkeypatch.setattr(efficientnet_lite0, "backbone", backbone)
    return path


def photographs(n=24, side=SIDE, channels="grey"):
    """Return pictures that are lit from the left or from the right, and from where."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 60, (n, side, side), dtype=np.uint8)
    y = np.array(["left", "right"])[np.arange(n) % 2]
    for picture, of in zip(pixels, y, strict=True):
        picture[:, : side // 2] += 150 * (of == "left")
        picture[:, side // 2 :] += 150 * (of == "right")
    files = []
    for picture in pixels:
        files.append(io.BytesIO())
        Image.fromarray(picture).save(files[-1], "PNG")
    records = pd.DataFrame({"picture": [file.getvalue() for file in files]})
    return pictures.view(records, size=(side, side), channels=channels), pd.Series(y)


def build(architecture="pretrained", phases=PHASES, words=None, **settings):
    training = {"phases": phases, "batch_size": 8, "learning_rate": 0.01, "accelerator": "cpu"}
    block = PipelineBlock(
        case="toy",
        view="toy",
        architecture=architecture,
        training=training if architecture == "pretrained" else {},
        features={"flatten": False} if words is None else words,
        **settings,
    )
    return architectures.build(block, "pictures", "classification", seed=1, threads=1)


def test_first_the_head_learns_and_then_the_last_block(weights):
    X, y = photographs()
    model = build().fit(X, y)[-1]
    given = torch.load(weights)
    for name, array in model.weights_.items():
        if name.startswith("backbone."):
            same = np.array_equal(array, given[name.removeprefix("backbone.")])
            learns = name in {f"backbone.8.{place}" for place in ("0.weight", "1.weight", "1.bias")}
            assert same != learns, name
    assert [epoch["phase"] for epoch in model.history_] == [1, 1, 1, 2, 2]
    assert model.pretrained_["licence"] == "Apache-2.0"
    assert "ImageNet" in model.pretrained_["origin"]


def test_fitted_and_stored_it_asks_for_no_file_of_weights(weights, tmp_path):
    X, y = photographs()
    fitted = build().fit(X, y)
    models.save(fitted, tmp_path / "model")
    weights.unlink()
    read = models.load(tmp_path / "model")
    np.testing.assert_array_equal(read.predict_proba(X), fitted.predict_proba(X))
    alone = np.concatenate([read.predict_proba(X[[row]]) for row in range(4)])
    np.testing.assert_allclose(alone, read.predict_proba(X[:4]), rtol=1e-4)


@pytest.mark.parametrize("killed_after", [2, 4])
def test_killed_in_either_phase_it_ends_where_an_undisturbed_one_does(tmp_path, killed_after):
    X, y = photographs()

    def fit(folder, stop_after=None):
        def on_epoch(epoch, metrics):
            if epoch == stop_after:
                raise KilledError

        with learning.session(folder, on_epoch, every=0):
            return build().fit(X, y)[-1]

    undisturbed = fit(tmp_path / "one")
    with pytest.raises(KilledError):
        fit(tmp_path / "other", killed_after)
    resumed = fit(tmp_path / "other")
    assert resumed.history_ == undisturbed.history_
    for name, array in undisturbed.weights_.items():
        np.testing.assert_array_equal(array, resumed.weights_[name])


def test_features_of_the_backbone_serve_whatever_learns_from_numbers(weights, tmp_path):
    X, y = photographs()
    words = {"backbone": "efficientnet_lite0", "scale": "standard"}
    fitted = build("logistic", words=words).fit(X, y)
    assert [name for name, _ in fitted.steps] == ["pixels", "backbone", "scale", "model"]
    assert (fitted.predict(X) == y).all()
    found = fitted[:2].transform(X)
    assert found.shape == (24, 1280)
    network = fitted["backbone"].network_on(torch.device("cpu"))
    pixels = torch.tensor(X[:, None]).float() / 255
    with torch.no_grad():
        expected = network.backbone(network.input(pixels)).mean((2, 3))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert fitted["backbone"].pretrained_["licence"] == "Apache-2.0"
    models.save(fitted, tmp_path / "model")
    weights.unlink()
    read = models.load(tmp_path / "model")
    np.testing.assert_array_equal(read.predict_proba(X), fitted.predict_proba(X))


def test_a_seed_decides_all():
    X, y = photographs()
    one, two = (build().fit(X, y)[-1] for _ in range(2))
    for name, array in one.weights_.items():
        np.testing.assert_array_equal(array, two.weights_[name])


def refusal(X, **settings):
    with pytest.raises(UserError) as refused:
        build(**settings).fit(X, photographs()[1])
    return str(refused.value)


def test_pictures_that_it_cannot_read_are_refused(weights):
    grey, coloured = photographs()[0], photographs(channels="rgb")[0]
    small = photographs(side=31)[0]
    assert "at least 32 x 32 pixels, and these have 31 x 31" in refusal(small)
    two = np.stack([grey, grey], axis=-1)
    assert "reads pictures of 3 channels, and these have 2; set channels to rgb" in refusal(two)
    assert "set features.flatten to false" in refusal(grey, words={})
    assert "leave features.scale at unit" in refusal(
        grey, words={"flatten": False, "scale": "standard"}
    )
    assert build().fit(coloured, photographs()[1])[-1].shape_ == (3, SIDE, SIDE)
    weights.write_bytes(weights.read_bytes()[:-1])
    assert "its content changed (its SHA-256 hash" in refusal(grey)


def test_a_block_that_it_does_not_have_is_named():
    wrong = ({"epochs": 1, "learn": ("backbone.9",)},)
    told = "block 'backbone.9', which FineTuned does not have; its blocks are backbone, head"
    assert told in refusal(photographs()[0], phases=wrong)


def test_parameters_are_those_of_lite0_with_another_last_layer():
    known = {"backbone": "efficientnet_lite0", "dropout": 0.0, "known": {}}
    network = FineTuned((1, SIDE, SIDE), 7, torch.nn.ReLU, **known)
    assert sum(each.numel() for each in network.parameters()) == 4_652_008 - 1281 * (1000 - 7)
