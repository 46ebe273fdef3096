"""The blocks of params.yaml that say what becomes of models: who is champion, serves, and is retrained."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from caselab.params.block import Block


class Gate(Block):
    """When a candidate becomes champion."""

    rule: Literal["superior", "not_worse"] = "superior"
    """For a rival; the champion's own retraining on newer data need only be `not_worse`."""
    least_gain: NonNegativeFloat = 0.0
    """The paired interval of the gain must lie above this."""
    greatest_loss: NonNegativeFloat = 0.005
    """`not_worse`: the paired interval of the gain must lie above minus this."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class Watching(Block):
    """When a change of the world is called one, and who is told."""

    false_alarms: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """The chance that a look calls anything although nothing has moved, at most."""
    least_effect: Annotated[float, Field(ge=0, le=1)] = 0.1
    """The share of rows that must lie elsewhere than before, for a change to be called."""
    window: PositiveInt = 1_000
    """Of the log of requests, so many of the latest records are looked at."""
    least_rows: Annotated[int, Field(ge=10)] = 30
    """Of fewer rows nothing is told, nor of the quality of the answers to fewer ids."""
    least_quality: dict[str, float] = Field(default_factory=dict)
    """By case: what its metric, measured by labels, must reach, or it is an alarm."""
    webhook: str | None = None
    """Where a notice goes when something has moved: an address, or env:NAME of a variable's."""
    blocks: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$")], ...] = ()
    """Prefect's blocks, such as email/team, by which schedules and deployments tell it too."""


class Serving(Block):
    """How `caselab serve` answers, and what it writes down."""

    hide: tuple[str, ...] = ()
    """Columns that are never written into the log of requests."""
    max_body: PositiveInt = 16 * 2**20
    """bytes of a request"""
    max_records: PositiveInt = 100_000
    """of a request"""
    batch: PositiveInt = 64
    """Records up to which requests that wait are asked together."""
    waiting: PositiveInt = 1000
    """Requests of a case that may wait; more are refused."""
    time_limit: PositiveFloat = 60.0
    """seconds that a model may take for an answer"""
    poll: PositiveFloat = 1.0
    """seconds between two looks at who is champion"""


class Retraining(Block):
    """How `caselab retrain` makes a new candidate, and how often."""

    at_most_every: NonNegativeFloat = 86_400.0
    """seconds"""
    labelled: bool = False
    """Whether requests whose labels have come are learned from, beside the source's records."""
    tune: bool = False
    """Whether the champion's pipeline is tuned before."""
    trials: PositiveInt = 30
