"""What is asked: one file per case, which names its problem, contract, metric and views."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from caselab.errors import unknown

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa


@dataclass(frozen=True)
class Published:
    """A figure of others to stand beside ours."""

    figure: str  # the metric's name in problems/
    value: float | tuple[float, float]  # one number, or the lowest and the highest
    source: str
    note: str = ""
    told: Literal["published", "reported"] = "published"
    """Whether it stands in a publication, or was told in public otherwise, or measured by us."""


@dataclass(frozen=True)
class Case:
    """One problem on one data set, with one primary metric."""

    name: str
    title: str
    question: str
    problem: str  # a file of problems/
    metric: str  # primary; the problem knows whether greater is better
    id: str  # column
    target: str | None  # column
    positive: object | None  # the class that is looked for, where there are two
    views: tuple[str, ...]  # the files of features/ that suit
    contract: Callable[[], pa.DataFrameSchema]  # of the raw records
    clean: Callable[[pd.DataFrame], tuple[pd.DataFrame, dict[str, int]]]
    """Repair records row by row, with or without target; return rows by reason beside them."""
    published: tuple[Published, ...] = ()
    measured_in: Mapping[str, str] = field(default_factory=dict)
    """Units of columns, of records and of rows made of them, for the axes of pictures: $, days."""
    group: str | None = None  # column: rows that are never torn apart between train and test
    time: str | None = None  # column: when a row became known
    series: str | None = None  # column: what a row is a moment of; a split by time cuts each
    strata: tuple[str, ...] = ()  # columns whose values test and folds are to hold in equal shares
    official: str | None = None  # column that says "train" or "test", of the publisher's split
    hidden: tuple[str, ...] = ()  # columns no view may see, beside id, target and official
    optional: tuple[str, ...] = ()  # columns a question may leave out, beside id, target, official
    distinct: tuple[str, ...] = ()  # columns: of records equal in all of them the first is kept
    aggregate: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    """Make the case's rows of all cleaned records, where a row is made of several."""
    ask: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    """Take from all raw records what is known when the question is asked; else all but the target."""

    past: bool = False
    """Whether records that `ask` gives no id are the past of those that have one."""

    @property
    def unasked(self) -> tuple[str, ...]:
        """The columns that a question may leave out."""
        names = (self.id, self.target, self.official, *self.optional)
        return tuple(name for name in names if name is not None)

    def asked(self, records: pd.DataFrame) -> pd.DataFrame:
        """Return of raw records what is known when the question is asked."""
        if self.ask is not None:
            return self.ask(records)
        return records.drop(columns=self.target or [], errors="ignore")


def names() -> list[str]:
    """Return the cases: the files of this folder."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Case:
    """Import one case.

    Raises:
        UserError: there is none of that name.
    """
    if name not in names():
        raise unknown("case", name, names())
    return import_module(f"{__name__}.{name}").case
