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


def test_cross_entropy_is_the_log_loss_of_the_softmax():
    found = losses.classification["cross_entropy"](None)(LOGITS, TARGET)
    assert found.item() == pytest.approx(log_loss(TARGET, PROBABILITY), rel=1e-6)


@pytest.mark.parametrize("name", losses.classification)
def test_class_weights_weigh_the_mean(name):
    unweighted = [
        losses.classification[name](None)(LOGITS[[row]], TARGET[[row]]).item() for row in range(3)
    ]
    found = losses.classification[name](WEIGHT)(LOGITS, TARGET)
    assert found.item() == pytest.approx(np.average(unweighted, weights=WEIGHT[TARGET]))


def test_focal_weighs_cross_entropy_by_what_is_missing_to_certainty():
    found = losses.classification["focal"](None)(LOGITS, TARGET)
    assert found.item() == pytest.approx(np.mean((1 - OF_TARGET) ** 2 * -np.log(OF_TARGET)))


@pytest.mark.parametrize(
    ("name", "loss"),
    [("squared_error", (0.25 + 9) / 2), ("absolute_error", 1.75), ("huber", (0.125 + 2.5) / 2)],
)
def test_regression_losses_are_means_of_their_rules(name, loss):
    error = torch.tensor([[0.5], [-3.0]])
    assert losses.regression[name]()(error, torch.zeros(2, 1)).item() == pytest.approx(loss)
