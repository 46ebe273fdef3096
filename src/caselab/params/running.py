"""The blocks of params.yaml that say when stages run, and on what."""

import os
import re
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from caselab.params.block import Block


class Scoring(Block):
    """Records that a champion answers for: a table or query, and where its answers go."""

    origin: str
    """A file of raw records, or an .sql file; from the project's root."""
    database: str | None = None
    """What an .sql file asks: an address without a password, or env:NAME."""
    into: str | None = None
    """The folder of the answers; scores/<case>, if none is named."""

    @model_validator(mode="before")
    @classmethod
    def a_file_alone(cls, block: Any) -> Any:
        """Take the name of a file for all there is to say."""
        return {"origin": block} if isinstance(block, str) else block


class Schedule(Block):
    """When something is done by itself: by `cron`, or every `interval` seconds."""

    cases: tuple[str, ...] = ()
    tune: tuple[str, ...] = ()
    """Pipelines."""
    trials: PositiveInt = 30
    """Settings that are tried of each."""
    watch: tuple[str, ...] = ()
    """Cases whose latest requests are watched."""
    retrain: tuple[str, ...] = ()
    """Cases that are retrained; of those that are watched too, only when the watch raises alarm."""
    score: dict[str, Scoring] = Field(default_factory=dict)
    """By case: the records that its champion then answers for, each once."""
    cron: str | None = None
    interval: PositiveInt | None = None
    timezone: str = "UTC"
    refresh: bool = False

    @field_validator("cron")
    @classmethod
    def five_fields(cls, cron: str) -> str:
        """Refuse what cannot be a cron line; the scheduler knows the rest."""
        if not re.fullmatch(r"[\w*/,#?-]+( +[\w*/,#?-]+){4}", cron):
            raise ValueError("be the five fields of cron, such as '0 3 * * *'")
        return cron

    @field_validator("timezone")
    @classmethod
    def timezone_exists(cls, name: str) -> str:
        """Refuse a timezone that this machine does not know."""
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("be a timezone such as UTC or Europe/Berlin") from None
        return name

    @model_validator(mode="after")
    def one_rhythm(self) -> Self:
        """Refuse both rhythms at once, and none."""
        if (self.cron is None) == (self.interval is None):
            raise ValueError("have either cron or interval (seconds)")
        if not (self.cases or self.tune or self.watch or self.retrain or self.score):
            raise ValueError("name cases to run, watch, retrain or score, or pipelines to tune")
        return self


class Slots(Block):
    """What this machine lends to stages at once; it never changes a result, so it may be guessed."""

    cores: PositiveInt = Field(default_factory=lambda: os.cpu_count() or 1)
    memory: PositiveFloat = Field(
        default_factory=lambda: os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    )
    """GiB"""
    gpu: NonNegativeInt = Field(
        default_factory=lambda: len(list(Path("/dev").glob("nvidia[0-9]*")))
    )


class StageNeeds(Block):
    """What one stage of a verb asks for and may take."""

    cores: PositiveInt = 1
    memory: PositiveFloat = 2.0
    """GiB"""
    gpu: NonNegativeInt = 0
    retries: NonNegativeInt = 1
    retry_delay: NonNegativeFloat = 5.0
    """seconds"""
    time_limit: PositiveFloat = 3600.0
    """seconds"""


class Stages(Block):
    """Needs per verb."""

    imports: StageNeeds = StageNeeds()
    fetch: StageNeeds = StageNeeds()
    prepare: StageNeeds = StageNeeds()
    featurize: StageNeeds = StageNeeds()
    train: StageNeeds = StageNeeds()
    evaluate: StageNeeds = StageNeeds()
    blend: StageNeeds = StageNeeds()
    compare: StageNeeds = StageNeeds()


class Flow(Block):
    """How stages run."""

    slots: Slots = Field(default_factory=Slots)
    stages: Stages = Stages()
