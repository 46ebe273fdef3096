"""Roles of columns: the target, the id, what models see, and what is left out and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

import numpy as np
import pandas as pd

from caselab.data import conversions
from caselab.errors import UserError
from caselab.inspection.columns import Profile
from caselab.inspection.spellings import Almost
from caselab.inspection.wishes import Wishes

Role = Literal["target", "id", "seen", "group", "time", "split", "left out"]

FEW_NUMBERS = 10
"""A target of so many whole numbers is one of classes."""
LEAST_GROUPS = 7
"""Five folds and a test set need one each; by chance, some fall together."""
LEAST_ROWS = 30
"""Of which it means something that a word stands in one row only, or with one target only."""

NAMES_ROWS = re.compile(
    r"(^|[^a-z])(id|ids|uuid|guid|key|no|nr|number|num|code|identifier|kennung|nummer)$|^(id|key)[^a-z]"
)

EXPORTED = re.compile(r"Unnamed: \d+|row[._ ]?names?")
"""What pandas and R call the numbers of rows that they write."""


class Reason(Enum):
    """Why a column has its role, in the words that a user reads."""

    OFFICIAL_SPLIT = "the split that came with the data"
    SPLIT_BY_TIME = "the last rows by it are test rows"
    GROUP = "its rows stay together, and no model sees it"
    GROUP_BESIDE_TIME = "no model sees it; rows are split by time, not by it"
    EMPTY = "no value in any row"
    CONSTANT = "one value in all rows"
    ROW_NUMBER = "row numbers that an export left"
    COUNTS_ROWS = "counts the rows"
    NAMES_ROWS = "names a row, and is never the same in two"
    NAMES_MOST_ROWS = "names a row, and is hardly ever the same in two"
    SPOILT = "{almost}"
    NOT_THE_PICTURE = "a view of pictures reads the column 'picture'"
    NOT_READ = "the view reads one column of texts alone"
    SERIES = "tells series apart"
    PERHAPS_UNKNOWN = "nobody says whether it is known ahead"
    COPY_OF_TARGET = "tells the target {target!r}: a copy of it"


@dataclass(frozen=True)
class Used:
    """A column and what becomes of it."""

    profile: Profile
    role: Role
    reason: Reason | None = None
    target: str = ""
    """The column that is predicted, of which this one may be a copy."""

    @property
    def name(self) -> str:
        """The column's."""
        return self.profile.name

    @property
    def note(self) -> str:
        """The reason in words, none where the role says it all."""
        if self.reason is None:
            return ""
        return self.reason.value.format(almost=self.profile.almost, target=self.target)


def assign(
    profiles: Mapping[str, Profile],
    records: pd.DataFrame,
    target: str | None,
    row_id: str,
    wishes: Wishes,
) -> tuple[Used, ...]:
    """Return every column with its role.

    Raises:
        UserError: a column that is asked for cannot be what it should be.
    """
    found = []
    for name, column in profiles.items():
        if name == target:
            found.append(Used(column, "target"))
        elif name == row_id:
            found.append(Used(column, "id"))
        elif name == official(profiles):
            found.append(Used(column, "split", Reason.OFFICIAL_SPLIT))
        elif name == wishes.time:
            found.append(_time(column))
        elif name == wishes.group:
            found.append(_group(column, by_time=wishes.time is not None))
        elif useless := _useless(column):
            found.append(Used(column, "left out", useless))
        elif target is not None and _is_copy(
            column, records[name], profiles[target], records[target]
        ):
            found.append(Used(column, "left out", Reason.COPY_OF_TARGET, target))
        else:
            found.append(Used(column, "seen"))
    return tuple(found)


def only(shown: str, columns: Iterable[Used]) -> tuple[Used, ...]:
    """Return columns of which a model sees one alone, that of texts."""

    def used(column: Used) -> Used:
        if column.name == shown:
            return Used(column.profile, "seen")
        return (
            Used(column.profile, "left out", Reason.NOT_READ) if column.role == "seen" else column
        )

    return tuple(map(used, columns))


def official(profiles: Mapping[str, Profile]) -> str | None:
    """Return the column that says which rows are train and which are test, if there is one."""
    column = profiles.get("split")
    return "split" if column and set(column.categories) == {"train", "test"} else None


def id_of(profiles: Mapping[str, Profile], wishes: Wishes, target: str | None) -> str | None:
    """Return the column that names the rows, None where none does.

    Raises:
        UserError: the one that is asked for does not.
    """
    if wishes.id is not None:
        if not profiles[wishes.id].is_unique:
            raise UserError(
                f"The column {wishes.id!r} names no row for good: it has "
                f"{profiles[wishes.id].distinct:,} values in {profiles[wishes.id].rows:,} rows, of "
                f"which {profiles[wishes.id].missing:,} are missing; leave out --id, and rows are "
                "named by what they hold."
            )
        return wishes.id
    taken = {target, wishes.time, wishes.group}
    unique = [each for each in profiles.values() if each.is_unique and each.name not in taken]
    named = [
        each
        for each in unique
        if each.kind in ("code", "whole number", "category")
        and (each.name == "path" or NAMES_ROWS.search(_snake(each.name)))
    ]
    codes = [
        each
        for each in unique
        if each.kind == "code" and each.rows >= LEAST_ROWS and not spoilt(each)
    ]
    return next((each.name for each in [*named, *codes]), None)


def spoilt(column: Profile) -> Almost | None:
    """Return what a column would be but for some words; None where its name says that it names."""
    return None if NAMES_ROWS.search(_snake(column.name)) else column.almost


def _time(column: Profile) -> Used:
    if column.kind not in ("date", "number", "whole number"):
        words = column.almost.odd if column.almost else column.examples
        raise UserError(
            f"The column {column.name!r} of --time holds words such as {words[0]!r}; "
            "name one of dates or numbers."
        )
    if column.missing:
        raise UserError(
            f"The column {column.name!r} of --time misses {column.missing:,} of {column.rows:,} "
            "values, so those rows have no place in time; leave them out, or name another column."
        )
    if column.distinct < 2:
        raise UserError(
            f"The column {column.name!r} of --time holds one value only, so no row is later than "
            "another; name another column, or leave out --time."
        )
    return Used(column, "time", Reason.SPLIT_BY_TIME)


def _group(column: Profile, *, by_time: bool) -> Used:
    if column.missing:
        raise UserError(
            f"The column {column.name!r} of --group misses {column.missing:,} of {column.rows:,} "
            "values, so those rows belong to no group; leave them out, or name another column."
        )
    if by_time:
        return Used(column, "group", Reason.GROUP_BESIDE_TIME)
    if column.distinct < LEAST_GROUPS:
        raise UserError(
            f"The column {column.name!r} of --group holds {column.distinct} groups, too few for a "
            "test set and folds that share none; name a finer column, or leave out --group."
        )
    return Used(column, "group", Reason.GROUP)


def _useless(column: Profile) -> Reason | None:
    """Return why a column tells nothing, None where it may."""
    numbers_rows = column.is_unique and column.kind == "whole number"
    names_a_row = column.is_unique and NAMES_ROWS.search(_snake(column.name))
    if column.kind == "empty":
        return Reason.EMPTY
    if column.is_constant:
        return Reason.CONSTANT
    if numbers_rows and EXPORTED.fullmatch(column.name):
        return Reason.ROW_NUMBER
    if numbers_rows and names_a_row:
        return Reason.NAMES_ROWS
    if numbers_rows and column.rows >= LEAST_ROWS and _counts(column):
        return Reason.COUNTS_ROWS
    if column.kind == "code" and column.distinct > 0.95 * (column.rows - column.missing):
        return Reason.SPOILT if spoilt(column) else Reason.NAMES_MOST_ROWS
    if column.kind == "picture" and column.name != "picture":
        return Reason.NOT_THE_PICTURE
    return None


def _counts(column: Profile) -> bool:
    """Tell whether whole numbers, all different, are those of the rows, in whatever order."""
    return column.low in (0, 1) and column.high - column.low == column.rows - 1


def _is_copy(column: Profile, values: pd.Series, answer: Profile, target: pd.Series) -> bool:
    """Tell whether a column gives the target away: each of its values goes with one of the target's."""
    if column.kind in ("text", "date", "picture", "empty"):
        return False
    numbers = ("number", "whole number", "yes or no")
    if answer.kind in numbers and column.kind in numbers and answer.distinct > FEW_NUMBERS:
        if column.distinct < FEW_NUMBERS:
            return False
        one = conversions.to_numbers(values, np.dtype("float64"), column.written)[0]
        two = conversions.to_numbers(target, np.dtype("float64"), answer.written)[0]
        both = np.isfinite(one) & np.isfinite(two)
        with np.errstate(all="ignore"):  # numbers whose squares are beyond what floats hold
            return both.sum() > 2 and abs(np.corrcoef(one[both], two[both])[0, 1]) > 1 - 1e-9
    if not answer.distinct <= column.distinct <= 2 * answer.distinct:
        return False
    pairs = pd.DataFrame({"value": values.astype(str), "target": target.astype(str)})
    pairs = pairs[values.notna().to_numpy() & target.notna().to_numpy()]
    return len(pairs) > LEAST_ROWS and pairs.drop_duplicates()["value"].is_unique


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
