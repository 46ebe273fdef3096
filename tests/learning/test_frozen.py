"""What stands still in a phase answers each row once, and the training comes out as it would."""

import numpy as np
import pytest
import torch
from torch import nn

from caselab import learning
from caselab.learning import batches, frozen
from caselab.learning.estimators import LightningClassifier
from caselab.learning.training import Training
from tests.learning.test_phases import FROZEN_FIRST, KilledError


class Counting(nn.Linear):
    """A layer that counts the rows that it is asked about."""

    asked = 0

    def forward(self, x):
        type(self).asked += len(x)
        return super().forward(x)


class InRow(nn.Sequential):
    """Two blocks and a head, one after the other."""

    def __init__(self, shape, n_outputs, activation, *, width=4):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Sequential(Counting(*shape, width), nn.BatchNorm1d(width), activation()),
            nn.Sequential(nn.Linear(width, width), activation(), nn.Dropout(0.2)),
        )
        self.head = nn.Sequential(nn.Dropout(0.1), nn.Linear(width, n_outputs))


class Whole(InRow):
    """The same, which nobody can tell to be a row."""

    def forward(self, x):
        return self.head(self.backbone(x))


def model(network, phases=FROZEN_FIRST, **settings):
    training = Training(phases=phases, batch_size=32, learning_rate=0.02, **settings)
    return LightningClassifier(network, training=training, random_state=0)


def held_still(network, *blocks):
    for block in blocks:
        network.get_submodule(block).requires_grad_(requires_grad=False).eval()
    return network


def test_a_row_of_layers_is_parted_at_the_first_that_learns():
    network = held_still(InRow((6,), 2, nn.ReLU), "backbone.0")
    divided = frozen.divide(network)
    assert [type(layer).__name__ for layer in divided.fixed] == ["Counting", "BatchNorm1d", "ReLU"]
    X = torch.randn(5, 6)
    network.eval()
    torch.testing.assert_close(divided.rest(divided.fixed(X)), network(X), rtol=0, atol=0)


def test_what_forgets_at_random_does_not_stand_still():
    network = held_still(InRow((6,), 2, nn.ReLU), "backbone")
    assert len(frozen.divide(network).fixed) == 6  # the dropout within answers as in use
    network.head[0].train()
    assert isinstance(frozen.divide(network).rest[0], nn.Dropout)
    nothing_learns = held_still(InRow((6,), 2, nn.ReLU).train(), "backbone", "head.1")
    assert len(frozen.divide(nothing_learns).rest) == 2


def test_where_nothing_stands_still_or_nobody_can_tell_the_network_stays_whole():
    for network in (InRow((6,), 2, nn.ReLU), held_still(Whole((6,), 2, nn.ReLU), "backbone")):
        divided = frozen.divide(network)
        assert divided.fixed is None
        assert divided.rest is network


def test_a_training_comes_out_as_if_all_layers_were_asked_in_every_epoch(rows):
    found, expected = (model(network).fit(*rows) for network in (InRow, Whole))
    assert found.history_[0]["phase"] == 1
    for one, other in zip(found.history_, expected.history_, strict=True):
        assert one == pytest.approx(other, rel=1e-4)
    for name, array in expected.weights_.items():
        np.testing.assert_allclose(found.weights_[name], array, rtol=1e-3, atol=1e-5)


def test_each_row_is_asked_once(rows):
    def asked(network, **settings):
        Counting.asked = 0
        model(network, FROZEN_FIRST[:1], **settings).fit(*rows)
        return Counting.asked

    assert asked(InRow) == 300 + 2  # and the first of both parts, for its shape
    assert asked(Whole) == 3 * 300
    assert asked(InRow, augmentation={"noise": 0.1}) == 3 * 300


def test_the_layers_that_learn_are_compiled(rows, monkeypatch):
    compiled = []
    monkeypatch.setattr(nn.Module, "compile", lambda network: compiled.append(network))
    model(InRow, compile=True).fit(*rows)
    assert [type(network) for network in compiled] == [InRow, nn.Sequential, nn.Sequential]


def test_a_phase_has_changes_of_its_own(rows):
    Counting.asked = 0
    noisy = ({**FROZEN_FIRST[0], "augmentation": {}}, {"epochs": 1})
    model(InRow, noisy, augmentation={"noise": 0.1}).fit(*rows)
    assert Counting.asked == 302 + 300


def test_answers_larger_than_the_rows_are_kept_where_they_are_not_too_many(monkeypatch):
    rows = batches.Whole(torch.randn(10, 4))
    assert len(frozen.answers(nn.Sequential(nn.Linear(4, 5)), rows, 3, 10**6)) == 10
    monkeypatch.setattr(frozen, "MOST_BYTES", 10 * 5 * 4 - 1)
    assert frozen.answers(nn.Sequential(nn.Linear(4, 5)), rows, 3, 10**6) is None


def test_answers_larger_than_memory_lie_in_a_file():
    rows, fixed = batches.Whole(torch.randn(10, 4)), nn.Sequential(nn.Linear(4, 3))
    small, large = (frozen.answers(fixed, rows, 4, room) for room in (10**6, 0))
    assert isinstance(large, batches.Streamed)
    assert isinstance(large.array, np.memmap)
    torch.testing.assert_close(large.take(slice(0, 10)), small.take(slice(0, 10)), rtol=0, atol=0)
    assert len(large) == len(small) == 10


@pytest.mark.parametrize("killed_after", [2, 5])
def test_killed_in_any_phase_it_ends_where_an_undisturbed_one_does(rows, tmp_path, killed_after):
    def fit(folder, stop_after=None):
        def on_epoch(epoch, metrics):
            if epoch == stop_after:
                raise KilledError

        with learning.session(folder, on_epoch, every=0):
            return model(InRow).fit(*rows)

    undisturbed = fit(tmp_path / "one")
    with pytest.raises(KilledError):
        fit(tmp_path / "other", killed_after)
    resumed = fit(tmp_path / "other")
    assert resumed.history_ == undisturbed.history_
    for name, array in undisturbed.weights_.items():
        np.testing.assert_array_equal(array, resumed.weights_[name])


def test_a_layer_that_comes_twice_is_asked_twice():
    activation = nn.ReLU()
    network = nn.Sequential(nn.Linear(3, 3), activation, nn.Linear(3, 3), activation)
    network[0].requires_grad_(requires_grad=False)
    divided = frozen.divide(network)
    x = torch.randn(8, 3)
    assert torch.equal(divided.rest(divided.fixed(x)), network(x))
