import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from caselab.learning import losses

LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.5, 0.5, 0.5]])
TARGET = torch.tensor([0, 2, 1])
WEIGHT = torch.tensor([1.0, 2.0, 5.0])
PROBABILITY = torch.softmax(LOGITS.double(), dim=1)
OF_TARGET = PROBABILITY[range(3), TARGET].numpy()


def mean(total):
    return float(total.sum / total.weight)


def test_cross_entropy_is_the_log_loss_of_the_softmax():
    found = losses.classification["cross_entropy"](None)(LOGITS, TARGET)
    assert mean(found) == pytest.approx(log_loss(TARGET, PROBABILITY), rel=1e-6)


@pytest.mark.parametrize("name", losses.classification)
def test_class_weights_weigh_the_mean(name):
    unweighted = [
        mean(losses.classification[name](None)(LOGITS[[row]], TARGET[[row]])) for row in range(3)
    ]
    found = losses.classification[name](WEIGHT)(LOGITS, TARGET)
    assert mean(found) == pytest.approx(np.average(unweighted, weights=WEIGHT[TARGET]))


def test_focal_weighs_cross_entropy_by_what_is_missing_to_certainty():
    found = losses.classification["focal"](None)(LOGITS, TARGET)
    assert mean(found) == pytest.approx(np.mean((1 - OF_TARGET) ** 2 * -np.log(OF_TARGET)))


@pytest.mark.parametrize(
    ("name", "loss"),
    [("squared_error", (0.25 + 9) / 2), ("absolute_error", 1.75), ("huber", (0.125 + 2.5) / 2)],
)
def test_regression_losses_are_means_of_their_rules(name, loss):
    error = torch.tensor([[0.5], [-3.0]])
    assert mean(losses.regression[name]()(error, torch.zeros(2, 1))) == pytest.approx(loss)


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("name", losses.classification)
def test_means_over_batches_of_unequal_weight_are_those_of_all_rows(name, weight):
    loss = losses.classification[name](weight)
    parts = [loss(LOGITS[part], TARGET[part]) for part in (slice(0, 1), slice(1, 3))]
    together = sum(part.sum for part in parts) / sum(part.weight for part in parts)
    assert float(together) == pytest.approx(mean(loss(LOGITS, TARGET)))


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("name", losses.classification)
def test_padded_places_of_sequences_count_nothing(name, weight):
    loss = losses.classification[name](weight)
    logits = torch.stack([LOGITS, LOGITS.flip(0)])  # (2, 3, 3)
    target = torch.tensor([[0, 2, losses.IGNORED], [1, losses.IGNORED, losses.IGNORED]])
    asked = target != losses.IGNORED
    found, rows = loss(logits, target), loss(logits[asked], target[asked])
    assert float(found.sum) == pytest.approx(float(rows.sum))
    assert float(found.weight) == pytest.approx(float(rows.weight))


def test_the_sum_and_weight_give_torchs_own_mean_to_the_bit():
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(97, 4, generator=random)
    target = torch.randint(4, (97,), generator=random)
    weight = torch.tensor([0.3, 1.7, 2.9, 0.7])
    for given in (None, weight):
        total = losses.classification["cross_entropy"](given)(logits, target)
        ours = total.sum / torch.as_tensor(total.weight, dtype=torch.float32)
        assert torch.equal(ours, torch.nn.CrossEntropyLoss(given)(logits, target))
