"""A session: what a stage adds to the fits it starts (checkpoints, news of epochs, groups and times)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

OnEpoch = Callable[[int, dict[str, float]], None]


@dataclass(frozen=True)
class Session:
    """Where the fits of a block keep checkpoints, how often, and whom they tell of an epoch."""

    checkpoints: Path | None = None
    on_epoch: OnEpoch | None = None
    every: float = 0.0
    groups: np.ndarray | None = None
    times: np.ndarray | None = None


_current: ContextVar[Session] = ContextVar("session", default=Session())  # noqa: B039  frozen


@contextmanager
def session(
    checkpoints: Path | None = None,
    on_epoch: OnEpoch | None = None,
    *,
    every: float = 2.0,
    groups: np.ndarray | None = None,
    times: np.ndarray | None = None,
) -> Iterator[None]:
    """Let every network fitted in this block resume from where a killed process left it.

    Each fit has a file of its own in `checkpoints`, named by its data and settings, so one folder
    serves any number of fits. A fit that was complete there is restored without training, and tells
    of no epoch; one that goes on tells first of the epochs that its checkpoint holds.

    Args:
        checkpoints: folder, made when needed; without it nothing is kept.
        on_epoch: called with the number of epochs done (from 1) and that epoch's metrics.
        every: least time between two checkpoints of one fit, in seconds.
        groups: of each row given to a fit `(n_samples,)`; what stops early holds out whole ones.
        times: of each row given to a fit `(n_samples,)`; what stops early holds out the last rows.
    """
    token = _current.set(Session(checkpoints, on_epoch, every, groups, times))
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Session:
    """Return the innermost session, or one that keeps and tells nothing."""
    return _current.get()


def keep_rows(positions: np.ndarray) -> None:
    """Tell what is fitted next in this session that only these of its rows are left."""
    session = current()
    groups = None if session.groups is None else session.groups[positions]
    times = None if session.times is None else session.times[positions]
    _current.set(replace(session, groups=groups, times=times))
