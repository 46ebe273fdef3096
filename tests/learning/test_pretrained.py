"""Weights that somebody else has trained: read once, by hash, and told of ever after."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from caselab.data import downloads
from caselab.errors import UserError
from caselab.learning.estimators import LightningClassifier
from caselab.learning.pretrained import Pretrained
from caselab.learning.training import Training
from tests.learning.test_phases import Backbone

FROZEN = Training(phases=({"epochs": 2, "learn": ["head"]},), batch_size=32, learning_rate=0.02)


@pytest.fixture
def trained():
    """Return the state of a backbone that somebody has trained."""
    torch.manual_seed(5)
    return Backbone((6,), 2, nn.ReLU).backbone.state_dict()


def written(path, state):
    if path.suffix == ".safetensors":
        safetensors.torch.save_file(state, path)
    else:
        torch.save(state, path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Pretrained(
        block="backbone",
        files=(downloads.bundled(path, sha256),),
        licence="CC0-1.0",
        origin="a test",
    )


def network(pretrained):
    return type("Pretrained", (Backbone,), {"pretrained": pretrained})


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_a_training_starts_from_them_and_predicting_does_without(rows, trained, tmp_path, suffix):
    path = tmp_path / f"backbone{suffix}"
    pretrained = written(path, trained)
    model = LightningClassifier(network(pretrained), training=FROZEN, random_state=0).fit(*rows)
    for name, tensor in trained.items():
        np.testing.assert_array_equal(model.weights_[f"backbone.{name}"], tensor)
    assert model.pretrained_ == {
        "origin": "a test",
        "licence": "CC0-1.0",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    path.unlink()
    assert model.predict(rows[0]).shape == (300,)


def test_a_network_without_any_has_nothing_to_tell(rows):
    model = LightningClassifier(Backbone, training=FROZEN, random_state=0).fit(*rows)
    assert not hasattr(model, "pretrained_")


def test_a_file_that_changed_is_not_read(rows, trained, tmp_path):
    path = tmp_path / "backbone.pth"
    pretrained = written(path, trained)
    path.write_bytes(path.read_bytes() + b" ")
    model = LightningClassifier(network(pretrained), training=FROZEN, random_state=0)
    with pytest.raises(UserError, match=r"weights of a test cannot be had .*its content changed"):
        model.fit(*rows)


def test_the_next_place_is_asked_where_one_fails(rows, trained, tmp_path):
    good = written(tmp_path / "backbone.pth", trained)
    gone = downloads.bundled(tmp_path / "gone.pth", good.files[0].sha256)
    both = Pretrained((gone, *good.files), good.licence, good.origin, good.block)
    assert both.read().keys() == trained.keys()


def test_weights_of_another_network_are_refused_by_the_names_of_tensors(rows, trained, tmp_path):
    other = {**trained, "0.0.weight": torch.zeros(2, 2), "stranger": torch.zeros(2)}
    del other["1.0.bias"]
    pretrained = written(tmp_path / "other.pth", other)
    model = LightningClassifier(network(pretrained), training=FROZEN, random_state=0)
    told = (
        r"not those of Sequential \(they lack 1\.0\.bias; it has no stranger; they have 0\.0\.weight "
        r"of \(2, 2\) in place of \(8, 6\)\)"
    )
    with pytest.raises(UserError, match=told):
        model.fit(*rows)


def test_a_file_s_own_names_are_those_of_the_block_where_it_says_how(rows, trained, tmp_path):
    theirs = {f"theirs.{name}": tensor for name, tensor in trained.items()}
    renamed = lambda found: {name.removeprefix("theirs."): each for name, each in found.items()}  # noqa: E731
    pretrained = replace(written(tmp_path / "theirs.pth", theirs), renamed=renamed)
    model = LightningClassifier(network(pretrained), training=FROZEN, random_state=0).fit(*rows)
    np.testing.assert_array_equal(model.weights_["backbone.0.0.bias"], trained["0.0.bias"])


class Evil:
    def __reduce__(self):
        return print, ("run",)


def test_a_file_that_would_run_something_is_refused(rows, tmp_path, capsys):
    pretrained = written(tmp_path / "evil.pth", {"weight": Evil()})
    with pytest.raises(UserError, match="is no file of weights"):
        pretrained.read()
    assert "run" not in capsys.readouterr().out
