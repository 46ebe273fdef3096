"""The blocks of params.yaml, frozen and typed."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from caselab.errors import unknown

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
"""Names become parts of paths, of DVC addresses (`train@name`) and of dotted keys."""


class Block(BaseModel):
    """A mapping of params.yaml with known keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class OpenBlock(Block):
    """A mapping whose further keys are keyword arguments, gathered in `options`."""

    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def gather_options(cls, block: Any) -> Any:
        """Move every key that is no field into `options`."""
        if not isinstance(block, dict):
            return block
        own = {key: value for key, value in block.items() if key in cls.model_fields}
        return {"options": {key: block[key] for key in block if key not in own}} | own


class Source(OpenBlock):
    """Where records come from: a data file, or a module of `sources/`."""

    origin: str


class Split(Block):
    """How the test rows are set apart."""

    test: Annotated[float, Field(gt=0, lt=1)] | None = None
    """The share of the rows; the official split has its own."""
    kind: Literal["hash", "stratified", "time", "group", "official"] = "hash"
    within_groups: bool = False
    """With `time`: the last rows of each series, or of each group where there are no series."""

    @model_validator(mode="after")
    def share_where_it_counts(self) -> Self:
        """Refuse a share beside the official split, and none elsewhere."""
        if (self.kind == "official") != (self.test is None):
            raise ValueError("have test, the share of the test rows, unless kind is official")
        if self.within_groups and self.kind != "time":
            raise ValueError("have within_groups only where kind is time")
        return self


class Validation(Block):
    """How the train rows are divided into folds."""

    kind: Literal["holdout", "kfold", "stratified", "grouped", "time", "leave_one_out", "official"]
    folds: Annotated[int, Field(ge=2)] = 5
    within_groups: bool = False
    """With `time`: each series' (or group's) rows are cut into blocks of their own."""
    whole_groups: bool = False
    """With `holdout`: rows of one group are held out together, or not at all."""
    most_fits: PositiveInt = 200
    """Leave-one-out asks for a fit per row and is refused above this."""

    @model_validator(mode="after")
    def groups_where_they_count(self) -> Self:
        """Refuse a word that another one makes meaningless."""
        if self.within_groups and self.kind != "time":
            raise ValueError("have within_groups only where kind is time")
        if self.whole_groups and self.kind != "holdout":
            raise ValueError("have whole_groups only where kind is holdout; grouped needs no word")
        return self


class CaseBlock(Block):
    """A case: one problem on one source with one split. DVC's templates need all four keys."""

    source: str
    split: Split
    validation: Validation
    evaluation: dict[str, Any]


class ViewBlock(OpenBlock):
    """A case's records as features; `options` are the keyword arguments of the view."""

    case: str
    view: str


class PipelineBlock(Block):
    """One architecture on one case; the three maps are keyword arguments."""

    case: str
    view: str
    architecture: str
    features: dict[str, Any] = Field(default_factory=dict)
    model: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)
    balance: Literal["none", "oversample", "undersample", "smote"] = "none"
    """Rows of the rarer classes, in what each fit learns from."""
    target: Literal["identity", "log"] = "identity"
    """The scale on which a number is learned; answers are on its own."""
    refit: bool = True


class BlendBlock(OpenBlock):
    """A blend of the pipelines of a case that see it by one view; `options` are keyword arguments."""

    case: str
    view: str


class Range(Block):
    """The numbers that a search may try: from `low` to `high`."""

    low: float
    high: float
    log: bool = False

    @model_validator(mode="after")
    def upwards(self) -> Self:
        """Refuse a range that is none, and logarithms of what has none."""
        if self.low >= self.high:
            raise ValueError("have low below high")
        if self.log and self.low <= 0:
            raise ValueError("have low above 0 where log is true")
        return self


class TuningBlock(Block):
    """What `caselab tune` searches of one pipeline, in place of all that its signatures say.

    By argument: `true` for the signature's own range, a list of values, or a Range.
    """

    features: dict[str, Any] = Field(default_factory=dict)
    model: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)


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
    """Of fewer rows nothing is told."""
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


Candidate = Literal["simplest", "best"]


class Params(Block):
    """Every choice a user makes."""

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    threads: PositiveInt
    quarantine: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """The share of a case's records that may break its contract, and are set aside, not learned from."""
    candidate: Candidate | dict[str, Candidate] = "simplest"
    """Who meets the gate: the smallest of those that validation cannot tell from the best, or the best.

    Of all cases, or of those that are named.
    """
    flow: Flow = Field(default_factory=Flow)
    sources: dict[Name, Source]
    cases: dict[Name, CaseBlock]
    views: dict[Name, ViewBlock]
    pipelines: dict[Name, PipelineBlock]
    """Once checked, with the blends behind those of the file: they compete as any does."""
    blends: dict[Name, BlendBlock] = Field(default_factory=dict)
    tuning: dict[Name, TuningBlock] = Field(default_factory=dict)
    schedules: dict[Name, Schedule] = Field(default_factory=dict)
    gate: Gate = Gate()
    watching: Watching = Watching()
    serving: Serving = Serving()
    retraining: Retraining = Retraining()
    profiles: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    """Values for a run, by name: see profiles.py."""
    profile: str | None = None
    """The profile that was chosen for this run; never in the file."""

    @property
    def learners(self) -> dict[str, PipelineBlock]:
        """The pipelines that learn by themselves, as blends do not."""
        return {name: block for name, block in self.pipelines.items() if name not in self.blends}

    def members(self, blend: str) -> list[str]:
        """Return the pipelines that a blend may hold: those of its case that see its view."""
        block = self.blends[blend]
        return [
            name
            for name, each in self.learners.items()
            if (each.case, each.view) == (block.case, block.view)
        ]

    def known(self, case: str) -> str:
        """Return the name of a case that there is.

        Raises:
            UserError: there is none of that name.
        """
        if case not in self.cases:
            raise unknown("case", case, self.cases)
        return case
