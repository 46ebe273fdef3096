"""A network that others have trained on texts: frozen, fine-tuned, and asked for features."""

import hashlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import safetensors.torch
import torch

from caselab import architectures
from caselab.data import downloads
from caselab.errors import UserError
from caselab.learning import backbones
from caselab.learning.backbones import minilm
from caselab.learning.estimators import features
from caselab.learning.layers import bert
from caselab.params import PipelineBlock
from caselab.storage import models
from tests.subwords import SIZES, tokenizer

PHASES = (
    {"epochs": 30, "learn": ("head",)},
    {"epochs": 20, "learning_rate": 0.005, "learn": {"head": 1.0, "backbone.2": 0.5}},
)
WORDS = {"represent": "subwords", "length": 10}


@pytest.fixture(autouse=True)
def weights(tmp_path, monkeypatch):
    """Let a small network of weights drawn at random stand for the package's."""
    torch.manual_seed(3)
    path = tmp_path / "minilm.safetensors"
    small = bert.encoder(**SIZES, dropout=0.1, epsilon=1e-12)
    safetensors.torch.save_file(small.state_dict(), path)
    file = downloads.bundled(path, hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(minilm, "SIZES", SIZES)
    monkeypatch.setattr(minilm, "START", 2)
    monkeypatch.setattr(backbones, "tokenizer", lambda name: tokenizer())
    monkeypatch.setattr(features, "_remembered", {})
    real = minilm.backbone

    def backbone(block):
        found = real(block)
        return replace(found, weights=replace(found.weights, files=(file,), renamed=None))

    monkeypatch.setattr(minilm, "backbone", backbone)
    return path


def sentences(n=32):
    """Return sentences of ships or of banks."""
    random = np.random.default_rng(0)
    y = np.array(["sea", "money"])[np.arange(n) % 2]
    told = {"sea": ["ships", "ship", "harbour"], "money": ["bank", "banks", "money"]}
    texts = [f"{' '.join(random.choice(told[each], 3))} the a!" for each in y]
    return pd.DataFrame({"text": texts}), pd.Series(y)


def build(architecture="pretrained", words=WORDS, phases=PHASES, backbone="minilm", **settings):
    if architecture == "pretrained":
        training = {"phases": phases, "batch_size": 8, "learning_rate": 0.02, "accelerator": "cpu"}
        settings |= {"training": training, "model": {"backbone": backbone}}
    block = PipelineBlock(
        case="toy", view="toy", architecture=architecture, features=words, **settings
    )
    return architectures.build(block, "text", "classification", seed=1, threads=1)


def test_first_the_head_learns_and_then_the_last_layer(weights):
    X, y = sentences()
    fitted = build().fit(X, y)
    assert (fitted.predict(X) == y).mean() > 0.9
    given = safetensors.torch.load_file(weights)
    for name, array in fitted[-1].weights_.items():
        if name.startswith("backbone."):
            same = np.array_equal(array, given[name.removeprefix("backbone.")])
            assert same != name.startswith("backbone.2."), name
    assert fitted[-1].pretrained_["licence"] == "Apache-2.0"
    assert "all-MiniLM-L6-v2" in fitted[-1].pretrained_["origin"]


def test_layers_that_stand_still_read_each_text_once(monkeypatch):
    read = []
    real = bert.Embeddings.forward

    def forward(self, ids):
        read.append(len(ids))
        return real(self, ids)

    monkeypatch.setattr(bert.Embeddings, "forward", forward)
    X, y = sentences()
    build(phases=({"epochs": 5, "learn": ("head", "backbone.2")},)).fit(X, y)
    probes = 2  # of the shape of an answer, for rows to learn from and rows held out
    assert sum(read) == len(X) + probes


def test_fitted_and_stored_it_asks_for_no_file(weights, tmp_path):
    X, y = sentences()
    fitted = build().fit(X, y)
    models.save(fitted, tmp_path / "model")
    weights.unlink()
    read = models.load(tmp_path / "model")
    asked = pd.DataFrame({"text": [*X["text"], "", "never seen", "ship " * 50]})
    found = read.predict_proba(asked)
    np.testing.assert_array_equal(found, fitted.predict_proba(asked))
    alone = np.concatenate([read.predict_proba(asked.iloc[[row]]) for row in range(len(asked))])
    np.testing.assert_allclose(alone, found, rtol=1e-4, atol=1e-6)
    assert np.isfinite(found).all()


def test_features_serve_whatever_learns_from_numbers_and_are_asked_for_once(
    weights, tmp_path, monkeypatch
):
    X, y = sentences()
    fitted = build("logistic", {"represent": "contextual", "length": 10}).fit(X, y)
    assert [name for name, _ in fitted.steps] == ["subwords", "backbone", "model"]
    assert (fitted.predict(X) == y).mean() > 0.9
    network = fitted["backbone"].network_on(torch.device("cpu"))
    ids = torch.tensor(fitted["subwords"].transform(X))
    with torch.no_grad():
        states = network.backbone(ids)
    kept = (ids != 0).unsqueeze(2)
    expected = (states * kept).sum(1) / kept.sum(1)
    np.testing.assert_allclose(fitted[:2].transform(X), expected, rtol=1e-4, atol=1e-6)
    models.save(fitted, tmp_path / "model")
    weights.unlink()
    monkeypatch.setattr(features, "_remembered", {})
    read = models.load(tmp_path / "model")
    asked = read.predict_proba(X)
    np.testing.assert_allclose(asked, fitted.predict_proba(X), rtol=1e-6)
    monkeypatch.setattr(features.PretrainedFeatures, "_answers", None)
    np.testing.assert_array_equal(read.predict_proba(X[::-1]), asked[::-1])


def test_a_seed_decides_all():
    X, y = sentences()
    one, two = (build().fit(X, y)[-1] for _ in range(2))
    for name, array in one.weights_.items():
        np.testing.assert_array_equal(array, two.weights_[name])


def test_rows_that_it_cannot_read_are_refused():
    X, y = sentences()

    def refusal(**settings):
        with pytest.raises(UserError) as refused:
            build(**settings).fit(X, y)
        return str(refused.value)

    assert "these rows are none; set features to {represent: subwords" in refusal(
        words={"represent": "tokens"}
    )
    assert (
        "takes texts of 16 subwords at most, and these have 17; lower features.length"
        in refusal(words=WORDS | {"length": 17})
    )
    assert "of texts set features.represent to subwords, and model.backbone" in refusal(
        backbone="efficientnet_lite0"
    )
    assert "smote mixes rows, and ids of words cannot be mixed" in refusal(balance="smote")
    wrong = ({"epochs": 1, "learn": ("backbone.3",)},)
    assert "block 'backbone.3', which FineTuned does not have" in refusal(phases=wrong)
