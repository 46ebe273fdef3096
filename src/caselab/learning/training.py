"""The settings of a network's training: `training:` in params.yaml, checked wherever it is made."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import ConfigDict, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from caselab.params.search import Between, OneOf

CHECKED = ConfigDict(extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, config=CHECKED)
class Augmentation:
    """How training inputs are changed at random, anew in every epoch: see augmentation.py."""

    flip: Annotated[float, Interval(ge=0, le=1)] = 0.0
    """Chance that a picture is mirrored, left to right."""
    rotate: Annotated[float, Interval(ge=0, le=180)] = 0.0
    """Greatest angle by which a picture is turned, degrees."""
    shift: Annotated[float, Interval(ge=0, lt=1)] = 0.0
    """Greatest distance by which a picture is moved, in shares of its sides."""
    zoom: Annotated[float, Interval(ge=0, lt=1)] = 0.0
    """Greatest share by which a picture is made larger or smaller."""
    crop: Annotated[float, Interval(ge=0, lt=1)] = 0.0
    """Greatest share of a picture's sides that is cut off, at a random place; the rest is stretched
    to the picture's size."""
    cutout: Annotated[float, Interval(ge=0, lt=1)] = 0.0
    """Side of a square that is made 0, in shares of the shorter side; around a random point, so it
    may lie partly outside."""
    noise: NonNegativeFloat = 0.0
    """Deviation of the noise that is added to a picture's numbers, or to any other floats."""


@dataclass(frozen=True, config=CHECKED)
class Phase:
    """A part of a training: see phases.py."""

    epochs: PositiveInt
    """Most epochs; a phase ends earlier as `patience` says."""
    learning_rate: PositiveFloat | None = None
    """None: the training's."""
    learn: tuple[str, ...] | dict[str, PositiveFloat] = ()
    """The blocks that learn, by their names in the network, or a factor of the learning rate for
    each; all others keep their weights. None named: all learn."""
    augmentation: Augmentation | None = None
    """None: the training's."""


@dataclass(frozen=True, config=CHECKED)
class Training:
    """How a network learns. Every name stands for an entry of the table in the file it names."""

    optimizer: Literal["sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad"] = (
        "adam"
    )
    """See optimizers.py."""
    learning_rate: Annotated[PositiveFloat, Between(0.0001, 0.03, log=True)] = 1e-3
    momentum: Annotated[float, Interval(ge=0, lt=1)] = 0.9
    """Of `momentum` and `nesterov`."""
    weight_decay: Annotated[NonNegativeFloat, Between(1e-6, 0.01, log=True)] = 1e-4
    """L2 penalty in the gradient; with `adamw` decoupled from it."""

    schedule: Literal[
        "none",
        "step",
        "exponential",
        "inverse_time",
        "cosine",
        "plateau",
        "warmup",
        "warmup_cosine",
        "warmup_inverse_sqrt",
    ] = "none"
    """How the learning rate changes: see schedules.py."""
    schedule_by: Literal["epoch", "step"] = "epoch"
    """How often it changes."""
    decay_factor: Annotated[float, Interval(gt=0, lt=1)] = 0.5
    decay_epochs: PositiveInt = 5
    warmup_epochs: PositiveInt = 5
    warmup_steps: PositiveInt | None = None
    """In place of `warmup_epochs`, where `schedule_by` is `step`."""

    loss: Literal["auto", "cross_entropy", "focal", "squared_error", "absolute_error", "huber"] = (
        "auto"
    )
    """See losses.py; `auto` is `cross_entropy` for classes and `squared_error` for numbers."""
    initialization: Literal[
        "default",
        "xavier_uniform",
        "xavier_normal",
        "he_uniform",
        "he_normal",
        "orthogonal",
        "normal",
        "zeros",
    ] = "default"
    """Of linear and convolutional weights: see layers/initializers.py; `default` is torch's own."""
    activation: Literal["relu", "relu6", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid"] = (
        "relu"
    )
    """See layers/activations.py."""

    batch_size: Annotated[PositiveInt, OneOf(32, 64, 128, 256)] = 128
    """Most rows in a batch; an epoch's batches differ in size by at most one row."""
    group_by_length: bool | None = None
    """Make batches of texts that are about equally long, so that little is computed for padding;
    None: where sequences keep their own lengths, as those of taggers and writers do."""
    accumulate: PositiveInt = 1
    """Batches whose gradients are averaged into one step."""
    gradient_clip: PositiveFloat | None = None
    """Greatest norm of the gradient of all weights together."""
    max_epochs: PositiveInt = 100
    """Most epochs where there are no `phases`."""
    phases: tuple[Phase, ...] = ()
    """Parts of the training, one after the other, each from the best weights of the one before."""
    validation_fraction: Annotated[float, Interval(ge=0, lt=1)] = 0.1
    """Share of the rows given to `fit` that is held out to know when to stop; 0: never stop early."""
    patience: PositiveInt = 10
    """Epochs without a lower validation loss after which training stops; the best weights stay."""

    augmentation: Augmentation = Augmentation()

    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    devices: PositiveInt = 1
    """Processes that share each batch, on as many GPUs or on the CPU: see lightning/processes.py."""
    strategy: Literal["auto", "ddp"] = "auto"
    """Lightning's name; `auto` is `ddp` on more than one device."""
    precision: Literal["32-true", "64-true", "bf16-mixed"] = "32-true"
    """Lightning's names."""
    channels_last: bool = False
    """Lay pictures out in memory pixel by pixel, as convolutions compute fastest."""
    compile: bool = False
    """Have torch compile the network for its training, which takes a minute and a C++ compiler."""
