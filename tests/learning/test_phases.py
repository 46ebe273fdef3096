"""A training in phases: what learns in each, how fast, and that a kill in any is made good."""

import numpy as np
import pytest
import torch
from torch import nn

from caselab import learning
from caselab.errors import UserError
from caselab.learning.estimators import LightningClassifier
from caselab.learning.phases import groups, parts
from caselab.learning.training import Phase, Training

FROZEN_FIRST = (
    {"epochs": 3, "learn": ["head"]},
    {"epochs": 4, "learning_rate": 0.001, "learn": {"head": 1, "backbone.1": 0.1}},
)


class Backbone(nn.Module):
    """Two blocks with means of batches and dropout, and a head."""

    def __init__(self, shape, n_outputs, activation, *, width=8):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Sequential(nn.Linear(*shape, width), nn.BatchNorm1d(width), activation()),
            nn.Sequential(nn.Linear(width, width), activation(), nn.Dropout(0.2)),
        )
        self.head = nn.Linear(width, n_outputs)

    def forward(self, x):
        return self.head(self.backbone(x))


def model(phases=FROZEN_FIRST, **settings):
    training = Training(phases=phases, batch_size=32, learning_rate=0.02, **settings)
    return LightningClassifier(Backbone, training=training, random_state=0)


def test_without_phases_a_training_is_one_in_which_all_learns():
    (only,) = parts(Training(max_epochs=9, learning_rate=0.3))
    network = Backbone((6,), 2, nn.ReLU)
    (group,) = groups(network, only)
    assert len(group["params"]) == len(list(network.parameters()))
    assert (only.training.max_epochs, only.training.learning_rate) == (9, 0.3)


def test_the_innermost_block_says_how_fast():
    phase = Phase(epochs=1, learn={"backbone": 0.1, "backbone.0": 0.01, "head": 1})
    (part,) = parts(Training(phases=(phase,), learning_rate=0.5))
    network = Backbone((6,), 2, nn.ReLU)
    found = groups(network, part)
    assert [group["lr"] for group in found] == pytest.approx([0.05, 0.005, 0.5])
    assert [len(group["params"]) for group in found] == [2, 4, 2]


def test_a_block_that_is_not_there_is_named(rows):
    with pytest.raises(UserError, match=r"block 'heat', which Backbone.*are backbone, head,"):
        model(({"epochs": 1, "learn": ["heat"]},)).fit(*rows)


def test_a_wrong_name_in_the_last_phase_costs_none_of_the_first(rows):
    epochs = []
    wrong = ({"epochs": 5}, {"epochs": 1, "learn": ["heat"]})
    refused = pytest.raises(UserError, match="block 'heat'")
    with refused, learning.session(on_epoch=lambda epoch, _: epochs.append(epoch)):
        model(wrong).fit(*rows)
    assert epochs == []


def test_what_does_not_learn_stays_as_it_was(rows):
    start = {}

    class Watched(Backbone):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            if not start:
                start.update({n: t.clone().numpy() for n, t in self.state_dict().items()})

    training = Training(phases=FROZEN_FIRST[:1], batch_size=32, learning_rate=0.02)
    first = LightningClassifier(Watched, training=training, random_state=0).fit(*rows)
    changed = {
        name for name, array in first.weights_.items() if not np.array_equal(array, start[name])
    }
    assert changed == {"head.weight", "head.bias"}  # nor have the means of batches changed
    second = model().fit(*rows)
    changed = {
        name
        for name, array in second.weights_.items()
        if not np.array_equal(array, first.weights_[name])
    }
    assert changed == {"head.weight", "head.bias", "backbone.1.0.weight", "backbone.1.0.bias"}


def test_history_tells_the_phases_and_goes_on_counting(rows):
    found = model().fit(*rows)
    assert [epoch["phase"] for epoch in found.history_] == [1, 1, 1, 2, 2, 2, 2]
    assert [epoch["epoch"] for epoch in found.history_] == list(range(1, 8))
    assert {epoch["learning_rate"] for epoch in found.history_} == {0.02, 0.001}
    assert found.best_epoch_ > 3
    assert "phase" not in model((), max_epochs=2).fit(*rows).history_[0]


def test_a_phase_starts_from_the_best_weights_of_the_one_before(rows):
    X, y = rows
    hasty = ({"epochs": 12, "learning_rate": 3.0}, {"epochs": 1, "learning_rate": 1e-9})
    found = model(hasty, validation_fraction=0.3).fit(X, y)
    first, last = found.history_[:-1], found.history_[-1]
    losses = [epoch["validation_loss"] for epoch in first]
    assert losses[-1] > min(losses)
    assert last["validation_loss"] == pytest.approx(min(losses), rel=0.2)


class KilledError(Exception):
    pass


@pytest.mark.parametrize("killed_after", [2, 3, 4, 6])
def test_killed_in_any_phase_it_ends_where_an_undisturbed_one_does(rows, tmp_path, killed_after):
    def fit(folder, stop_after=None):
        told = []

        def on_epoch(epoch, metrics):
            told.append(epoch)
            if epoch == stop_after:
                raise KilledError

        with learning.session(folder, on_epoch, every=0):
            return model().fit(*rows), told

    undisturbed, _ = fit(tmp_path / "one")
    with pytest.raises(KilledError):
        fit(tmp_path / "other", killed_after)
    resumed, told = fit(tmp_path / "other")
    # Told again: the epochs of this phase that its checkpoint holds, for who had not heard of them
    assert told == list(range(1 if killed_after <= 3 else 4, 8))
    assert resumed.history_ == undisturbed.history_
    for name, array in undisturbed.weights_.items():
        np.testing.assert_array_equal(array, resumed.weights_[name])
    again, told = fit(tmp_path / "other")
    assert told == []
    assert again.history_ == undisturbed.history_


def test_a_schedule_by_step_moves_within_an_epoch_and_resumes(rows, tmp_path):
    words = {"schedule": "warmup_inverse_sqrt", "schedule_by": "step", "warmup_steps": 12}

    def fit(folder=None, stop_after=None):
        def on_epoch(epoch, _):
            if epoch == stop_after:
                raise KilledError

        with learning.session(folder, on_epoch, every=0):
            return model((), max_epochs=5, **words).fit(*rows)

    undisturbed = fit()
    rates = [epoch["learning_rate"] for epoch in undisturbed.history_]
    steps = -(-270 // 32)
    expected = [
        0.02 * min((n + 1) / 12, (12 / (n + 1)) ** 0.5) for n in range(steps, 5 * steps + 1, steps)
    ]
    assert rates == pytest.approx(expected)
    with pytest.raises(KilledError):
        fit(tmp_path, 3)
    assert fit(tmp_path).history_ == undisturbed.history_


def test_torch_is_told_of_the_blocks_that_learn_alone(rows):
    network = Backbone((6,), 2, nn.ReLU)
    groups(network, parts(Training(phases=FROZEN_FIRST))[0])
    network(torch.randn(4, 6)).sum().backward()
    assert network.backbone[0][0].weight.grad is None
