"""What `caselab tune` tries of an argument: said in its annotation, beside the values it may have.

C: Annotated[PositiveFloat, Between(0.001, 100.0, log=True)] = 1.0
hidden: Annotated[tuple[PositiveInt, ...], OneOf((64,), (128, 64))] = (128, 64)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Conditions = Mapping[str, tuple[Any, ...]]
"""For which values of other arguments beside it an argument means anything, by their names."""


@dataclass(frozen=True, eq=False)
class Between:
    """Every number from `low` to `high`, both included; whole ones where both ends are `int`."""

    low: float
    high: float
    log: bool = False
    """Tried on a logarithmic scale: as often from 1 to 10 as from 10 to 100."""
    where: Conditions = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Tell whether only whole numbers are tried."""
        return isinstance(self.low, int) and isinstance(self.high, int)


class OneOf:
    """Some values."""

    def __init__(self, *values: Any, where: Conditions | None = None):
        self.values = values
        self.where = where or {}


Search = Between | OneOf
