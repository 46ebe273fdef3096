"""Settings of a pipeline by dotted name: as a search space offers them, as its block has them."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from caselab.errors import UserError
from caselab.params import Params
from caselab.params.search import Between, Search
from caselab.params.spaces import PARTS, Space

LEVELS = 4
"""How many numbers of a range a grid tries."""

MOST_POINTS, MOST_WALKED = 100_000, 1_000
"""Of a grid, and of one that is walked to its end because no limit is given."""

Settings = Mapping[str, Any]
"""Values by dotted name: `model.C`."""


def changed(params: Params, pipeline: str, settings: Settings) -> Params:
    """Return params in which a pipeline has these settings in place of its own."""
    block = params.pipelines[pipeline]
    update = {
        part: getattr(block, part)
        | {
            name.removeprefix(f"{part}."): value
            for name, value in settings.items()
            if name.startswith(f"{part}.")
        }
        for part in PARTS
    }
    pipelines = params.pipelines | {pipeline: block.model_copy(update=update)}
    return params.model_copy(update={"pipelines": pipelines})


def plain(value: Any) -> Any:
    """Return a value as a database and a picture can have it: a list as text."""
    return json.dumps(value) if isinstance(value, tuple | list | dict) else value


def taken(search: Search, value: Any) -> Any:
    """Return the value that is meant by what a database has; numbers with three digits.

    More digits would say nothing and make params.yaml hard to read.
    """
    if not isinstance(search, Between):
        return next(each for each in search.values if plain(each) == value)
    if search.whole:
        return int(value)
    return min(max(float(f"{value:.3g}"), search.low), search.high)


def has(search: Search, value: Any) -> bool:
    """Tell whether a search may come upon a value."""
    if isinstance(search, Between):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and search.low <= value <= search.high
    return any(plain(each) == plain(value) for each in search.values)


def levels(search: Search) -> list[Any]:
    """Return what a grid tries of one argument."""
    if not isinstance(search, Between):
        return [plain(value) for value in search.values]
    space = np.geomspace if search.log else np.linspace
    numbers = space(search.low, search.high, LEVELS)
    if search.whole:
        return sorted({round(float(number)) for number in numbers})
    return [float(f"{number:.3g}") for number in numbers]


def n_points(space: Space) -> int:
    """Return how many points the grid of a space has."""
    return math.prod(len(levels(search)) for search in space.values())


def require_walkable(space: Space, pipeline: str, *, limited: bool) -> None:
    """Refuse a grid that is too large; `limited`, only some of its points are tried.

    Raises:
        UserError: it has more than MOST_POINTS points, or without a limit than MOST_WALKED.
    """
    most = MOST_POINTS if limited else MOST_WALKED
    if (number := n_points(space)) > most:
        some = "--trials or --within for some of them, " if number <= MOST_POINTS else ""
        raise UserError(
            f"The grid of {pipeline} has {number:,} points, and {most:,} are the most that are "
            f"tried; take {some}--sampler random or tpe, or name fewer arguments or values in its "
            "block of `tuning:` in params.yaml."
        )


def points(space: Space, seed: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the points of a grid with their numbers, in an order that is drawn."""
    grid = list(itertools.product(*(levels(search) for search in space.values())))
    for number in np.random.default_rng(seed).permutation(len(grid)):
        yield int(number), dict(zip(space, grid[number], strict=True))
