import dataclasses
import subprocess
import sys
from typing import get_args, get_type_hints

import pytest
from pydantic import ValidationError

from caselab.learning import losses
from caselab.learning.layers.activations import activations
from caselab.learning.layers.initializers import initializers
from caselab.learning.optimizers import optimizers
from caselab.learning.schedules import schedules
from caselab.learning.training import Training


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("optimizer", set(optimizers)),
        ("schedule", set(schedules)),
        ("loss", {"auto", *losses.classification, *losses.regression}),
        ("initialization", {"default", *initializers}),
        ("activation", set(activations)),
    ],
)
def test_the_names_it_takes_are_those_of_the_table(setting, names):
    assert set(get_args(get_type_hints(Training)[setting])) == names


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("optimizer", "adamm"),
        ("learning_rate", 0),
        ("momentum", 1),
        ("weight_decay", -1),
        ("validation_fraction", 1),
        ("batch_size", 0),
        ("patience", 0),
        ("precision", "16"),
    ],
)
def test_a_value_out_of_range_is_refused(setting, value):
    with pytest.raises(ValidationError, match=setting):
        Training(**{setting: value})


def test_an_unknown_setting_is_refused():
    with pytest.raises(ValidationError, match="learning_rat"):
        Training(learning_rat=0.1)


def test_it_is_frozen_and_equal_by_value():
    assert Training(batch_size=32) == Training(batch_size=32)
    assert hash(Training()) == hash(Training())
    with pytest.raises(dataclasses.FrozenInstanceError):
        Training().learning_rate = 1.0


def test_neither_settings_nor_a_session_load_torch():
    code = (
        "import sys; from caselab import learning; from caselab.learning.training import Training;"
        "assert learning.session and Training() and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
