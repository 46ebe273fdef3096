"""The blocks of params.yaml that say what is learned, and the whole of them."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from caselab.errors import unknown
from caselab.params.block import Block, Name, OpenBlock
from caselab.params.operating import Gate, Retraining, Serving, Watching
from caselab.params.running import Flow, Schedule


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
