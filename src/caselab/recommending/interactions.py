"""Interactions of users and items: by number, with their ratings and the attributes of each.

What recommends learns from numbers; names stay here. Whoever was never seen has the number -1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

USER_COLUMNS = ("age", "gender", "occupation")
ITEM_COLUMNS = ("year", "genres")
UNKNOWN = -1


@dataclass(frozen=True)
class Names:
    """Names in sorted order; a name's number is its place."""

    names: np.ndarray  # (n_names,), text

    @classmethod
    def of(cls, values: Any) -> Names:
        """Return the distinct names among `values`."""
        return cls(np.unique(np.asarray(values, dtype=str)))

    def __len__(self) -> int:
        return len(self.names)

    def numbers(self, values: Any) -> np.ndarray:
        """Return the number of each name, -1 for one that was never seen."""
        known = pd.Index(self.names.astype(object))
        return known.get_indexer(np.asarray(values, dtype=str).astype(object))


@dataclass(frozen=True)
class Attributes:
    """How columns become numbers: scaled where they are numbers, else one per word.

    A text such as `Action|Comedy` holds several words. What is missing or new adds nothing.
    """

    numbers: list[str]
    centers: np.ndarray
    scales: np.ndarray
    words: list[list[str]]  # column and word of each feature after the numbers

    @classmethod
    def of(cls, table: pd.DataFrame) -> Attributes:
        """Learn means, deviations and words from one row a user, or one an item."""
        numbers = [str(name) for name in table if pd.api.types.is_numeric_dtype(table[name])]
        values = table[numbers].to_numpy(dtype=np.float64)
        known = ~np.isnan(values)
        count = np.maximum(known.sum(axis=0), 1)
        centers = np.where(known, values, 0).sum(axis=0) / count
        spread = np.where(known, values - centers, 0)
        scales = np.sqrt((spread**2).sum(axis=0) / count)
        return cls(
            numbers,
            centers,
            np.where(scales > 0, scales, 1.0),
            [
                [str(name), word]
                for name in table
                if name not in numbers
                for word in sorted({*_words(table[name]).explode().dropna()})
            ],
        )

    def features(self, table: pd.DataFrame) -> np.ndarray:
        """Return `(n_rows, n_features)`; a column that is not there adds nothing."""
        columns = []
        for name, center, scale in zip(self.numbers, self.centers, self.scales, strict=True):
            if name in table:
                scaled = (pd.to_numeric(table[name], errors="coerce") - center) / scale
                columns.append(scaled.fillna(0).to_numpy())
            else:
                columns.append(np.zeros(len(table)))
        known = {name: _words(table[name]) for name in {name for name, _ in self.words} & {*table}}
        for name, word in self.words:
            has = known[name].map(lambda words, word=word: word in words) if name in known else 0.0
            columns.append(np.broadcast_to(np.asarray(has, dtype=np.float64), len(table)))
        return np.column_stack(columns) if columns else np.zeros((len(table), 0))


@dataclass(frozen=True)
class Queries:
    """Users and items of single questions, by number, with their features."""

    user: np.ndarray  # (n_samples,)
    item: np.ndarray  # (n_samples,)
    user_features: np.ndarray  # (n_samples, n_user_features)
    item_features: np.ndarray  # (n_samples, n_item_features)


@dataclass(frozen=True)
class Interactions:
    """Interactions to learn from: one row for each of a user and an item, with the rating."""

    users: Names
    items: Names
    user: np.ndarray  # (n_samples,)
    item: np.ndarray  # (n_samples,)
    rating: np.ndarray  # (n_samples,)
    user_attributes: Attributes
    item_attributes: Attributes
    user_features: np.ndarray  # (n_users, n_user_features)
    item_features: np.ndarray  # (n_items, n_item_features)
    titles: np.ndarray  # (n_items,), text

    @classmethod
    def of(cls, X: pd.DataFrame, y: Any) -> Interactions:
        """Give numbers to the users and items of a table that has columns of these names."""
        users, items = Names.of(X["user"]), Names.of(X["item"])
        who, what = _one_each(X, "user", users), _one_each(X, "item", items)
        about_users, about_items = (
            table[[name for name in columns if name in table]]
            for table, columns in ((who, USER_COLUMNS), (what, ITEM_COLUMNS))
        )
        user_attributes, item_attributes = Attributes.of(about_users), Attributes.of(about_items)
        return cls(
            users=users,
            items=items,
            user=users.numbers(X["user"]).astype(np.int32),
            item=items.numbers(X["item"]).astype(np.int32),
            rating=np.asarray(y, dtype=np.float64),
            user_attributes=user_attributes,
            item_attributes=item_attributes,
            user_features=user_attributes.features(about_users),
            item_features=item_attributes.features(about_items),
            titles=_titles(what, items),
        )

    @property
    def shape(self) -> tuple[int, int]:
        """How many users and items there are."""
        return len(self.users), len(self.items)

    def table(self, values: np.ndarray | None = None) -> sparse.csr_matrix:
        """Return values of rows, by default 1, as `(n_users, n_items)`."""
        values = np.ones(len(self.user)) if values is None else values
        return sparse.csr_matrix((values, (self.user, self.item)), shape=self.shape)

    def normalized(self) -> tuple[np.ndarray, np.ndarray]:
        """Return interactions by user and by item as ones, each row scaled to length 1.

        `(n_users, n_items)` and `(n_items, n_users)`.
        """
        ones = self.table().toarray()
        of_users, of_items = ones.sum(axis=1, keepdims=True), ones.sum(axis=0, keepdims=True)
        return ones / np.sqrt(of_users), (ones / np.sqrt(of_items)).T

    def queries(self, X: pd.DataFrame) -> Queries:
        """Look users and items of questions up; of one never seen the features are those of X."""
        user, item = self.users.numbers(X["user"]), self.items.numbers(X["item"])
        return Queries(
            user=user,
            item=item,
            user_features=_features(user, self.user_features, self.user_attributes, X),
            item_features=_features(item, self.item_features, self.item_attributes, X),
        )


def _features(
    numbers: np.ndarray, known: np.ndarray, attributes: Attributes, X: pd.DataFrame
) -> np.ndarray:
    found = known[numbers]
    new = numbers == UNKNOWN
    if new.any():
        found[new] = attributes.features(X[new])
    return found


def _one_each(X: pd.DataFrame, column: str, names: Names) -> pd.DataFrame:
    first = X[~X[column].duplicated()]
    return first.set_index(first[column].astype(str)).reindex(names.names)


def _titles(items: pd.DataFrame, names: Names) -> np.ndarray:
    if "title" not in items:
        return names.names
    titles = items["title"].fillna(pd.Series(names.names, index=items.index)).astype(str)
    if "year" in items:
        titles += [f" ({year:.0f})" if year == year else "" for year in items["year"]]
    return titles.to_numpy(dtype=str)


def _words(column: pd.Series) -> pd.Series:
    return column.fillna("").astype(str).map(_split)


def _split(text: str) -> Sequence[str]:
    return [word for word in text.split("|") if word]
