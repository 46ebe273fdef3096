import math

import pytest
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from caselab.errors import UserError
from caselab.learning.schedules import Pace, schedules
from caselab.learning.training import Training

EPOCHS = 10
RATES = {
    "none": lambda epoch: 1.0,
    "step": lambda epoch: 0.5 ** (epoch // 2),
    "exponential": lambda epoch: 0.5 ** (epoch / 2),
    "inverse_time": lambda epoch: 1 / (1 + epoch / 2),
    "cosine": lambda epoch: cosine(epoch / EPOCHS),
    "plateau": lambda epoch: 0.5 ** (max(epoch - 1, 0) // 2),  # the first loss is a new lowest
    "warmup": lambda epoch: min(1.0, (epoch + 1) / 5),
    "warmup_cosine": lambda epoch: (epoch + 1) / 5 if epoch < 4 else cosine((epoch - 4) / 6),
    "warmup_inverse_sqrt": lambda epoch: min((epoch + 1) / 4, (4 / (epoch + 1)) ** 0.5),
}


def cosine(share):
    return (1 + math.cos(math.pi * share)) / 2


def rates(name, **settings):
    training = Training(schedule=name, learning_rate=1.0, **settings)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    schedule = schedules[name](optimizer, Pace.of(training, training.max_epochs, steps=7))
    found = []
    for _ in range(training.max_epochs):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if isinstance(schedule, ReduceLROnPlateau):
            schedule.step(1.0)
        else:
            schedule.step()
    return found


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", schedules)
def test_each_gives_the_rates_of_its_rule(name):
    found = rates(name, max_epochs=EPOCHS, decay_factor=0.5, decay_epochs=2, warmup_epochs=4)
    assert found == pytest.approx([RATES[name](epoch) for epoch in range(EPOCHS)], abs=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", schedules)
@pytest.mark.parametrize("max_epochs", [1, 2])
def test_one_or_two_epochs_are_enough_for_each(name, max_epochs):
    found = rates(name, max_epochs=max_epochs, warmup_epochs=5)
    assert all(0 < rate <= 1 for rate in found)


def test_by_step_a_schedule_takes_as_long_in_finer_steps():
    training = Training(schedule="inverse_time", schedule_by="step", decay_epochs=2)
    pace = Pace.of(training, 10, steps=7)
    assert (pace.total, pace.decay, pace.warmup) == (70, 14, 35)
    named = Training(schedule="warmup_inverse_sqrt", schedule_by="step", warmup_steps=4000)
    assert Pace.of(named, 10, steps=7).warmup == 4000


def test_words_that_do_not_go_together_are_refused():
    with pytest.raises(UserError, match=r"'plateau', which follows the loss of an epoch"):
        Pace.of(Training(schedule="plateau", schedule_by="step"), 10, 7)
    with pytest.raises(UserError, match=r"warmup_steps counts steps"):
        Pace.of(Training(schedule="warmup", warmup_steps=9), 10, 7)
