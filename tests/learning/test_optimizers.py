import pytest
import torch

from caselab.learning.optimizers import optimizers
from caselab.learning.training import Training

# Weight 1, gradient always 2, learning rate 0.1: the weight after one and two steps, by hand.
STEPS = {
    "sgd": (0.8, 0.6),
    "momentum": (0.8, 0.42),  # 0.8 - 0.1 (0.9 * 2 + 2)
    "nesterov": (0.62, 0.078),  # 1 - 0.1 (2 + 0.9 * 2); then velocity 3.8
    "adam": (0.9, 0.8),  # a constant gradient: one learning rate a step
    "adamw": (0.9, 0.8),
    "rmsprop": (0.0, -0.70888),  # 2 / sqrt(0.01 * 4), then 2 / sqrt(0.0199 * 4)
    "adagrad": (0.9, 0.82929),  # 2 / sqrt(4), then 2 / sqrt(8)
}


def weights_after(name, steps, fused=None, **settings):
    weight = torch.nn.Parameter(torch.ones(1))
    training = Training(optimizer=name, learning_rate=0.1, momentum=0.9, **settings)
    optimizer = optimizers[name]([weight], training, fused)
    found = []
    for _ in range(steps):
        weight.grad = torch.full((1,), 2.0)
        optimizer.step()
        found.append(weight.item())
    return found


@pytest.mark.parametrize("fused", [None, True])
@pytest.mark.parametrize("name", optimizers)
def test_each_takes_the_steps_of_its_rule(name, fused):
    found = weights_after(name, 2, fused, weight_decay=0)
    assert found == pytest.approx(STEPS[name], abs=1e-4)


@pytest.mark.parametrize(
    ("name", "weight"),
    [
        ("sgd", 0.79),  # gradient 2 + 0.1
        ("adam", 0.9),  # the size of the gradient does not count
        ("adamw", 0.89),  # 1 - 0.1 * 0.1 beside the gradient
    ],
)
def test_weight_decay_is_in_the_gradient_except_with_adamw(name, weight):
    assert weights_after(name, 1, weight_decay=0.1) == pytest.approx([weight])
