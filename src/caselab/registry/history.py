"""What has happened to a case's champions: kept in the registry, on the registered model itself."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from caselab import numbers
from caselab.tracking import authorship

if TYPE_CHECKING:
    from mlflow import MlflowClient

_PREFIX = "caselab.event."

What = Literal["promoted", "lost", "rolled back", "retrained", "trial started", "trial stopped"]


@dataclass(frozen=True)
class Event:
    """What happened about a version; one that was rolled back is champion no longer.

    `retrained` is told of the champion that a retraining left, with what came of it; a trial of the
    version that is tried against the champion.
    """

    what: What
    version: int
    key: str
    pipeline: str
    why: str
    against: int | None = None
    """The champion at that time."""
    gate: Mapping[str, Any] = field(default_factory=dict)
    """The rule that decided."""
    share: float | None = None
    """Of the ids whose requests a trial lets its version answer; 0 in the shadow."""
    who: str = field(default_factory=authorship.user)
    when: str = field(default_factory=authorship.now)


def add(client: "MlflowClient", case: str, event: Event) -> None:
    """Keep an event for good."""
    # One tag each: two that are added at once do not overwrite each other.
    client.set_registered_model_tag(case, f"{_PREFIX}{event.when}", json.dumps(asdict(event)))


def read(tags: Mapping[str, str]) -> list[Event]:
    """Return the events among the tags of a registered model, the oldest first."""
    return [Event(**json.loads(tags[name])) for name in sorted(tags) if name.startswith(_PREFIX)]


def is_same(one: Event, other: Event) -> bool:
    """Tell whether two events are one that was told twice, whoever told it when."""
    return (one.what, one.version, one.against) == (other.what, other.version, other.against)


def reigns(events: list[Event]) -> list[int]:
    """Return the champions whose reign was not taken back, the present one last."""
    reigning: list[int] = []
    for event in events:
        if event.what == "promoted":
            reigning.append(event.version)
        elif event.what == "rolled back" and reigning:
            reigning.pop()
    return reigning


def trial(events: Sequence[Event]) -> Event | None:
    """Return the start of the trial that runs; a change of the champion ends one too."""
    ends = ("trial stopped", "promoted", "rolled back")
    for event in reversed(events):
        if event.what == "trial started":
            return event
        if event.what in ends:
            return None
    return None


def told(case: str, started: Event) -> str:
    """Say which trial runs."""
    since = numbers.minute(started.when)
    return f"A trial of version {started.version} ({started.pipeline}) of {case} runs since {since}"
