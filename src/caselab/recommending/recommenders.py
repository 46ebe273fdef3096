"""Recommenders behind scikit-learn's contract: tables of names in, ratings or ranks out.

An architecture gives a *scorer*: an estimator that learns from `Interactions` and answers by
number. `RatingPredictor` and `Ranker` do what all of them share: number the names, keep ratings on
their scale, leave out what a user has seen, answer for those never seen, and say why.
"""

from __future__ import annotations

from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.utils.validation import check_is_fitted

from caselab.recommending.interactions import UNKNOWN, Interactions, Queries

TOP = 10
"""How many items are recommended."""
ALIKE = 20
"""Known items whose scores stand for an item never seen."""


class RatingScorer(Protocol):
    """What predicts ratings by number."""

    def fit(self, interactions: Interactions) -> Self: ...  # noqa: D102

    def rate(self, queries: Queries) -> np.ndarray:
        """Return the rating of each question, `(n_samples,)`; -1 stands for one never seen."""


class ItemScorer(Protocol):
    """What scores all items for a user by number; higher comes first."""

    def fit(self, interactions: Interactions) -> Self: ...  # noqa: D102

    def scores(self, user: np.ndarray) -> np.ndarray:
        """Return `(n_queries, n_items)` for users that were seen."""

    def likeness(self, item: np.ndarray) -> np.ndarray | None:
        """Return similarities of items to all others `(n_queries, n_items)`, if it knows any."""


class _Scored(BaseEstimator):
    """What numbers users and items, and has a scorer learn from them."""

    def __init__(self, scorer: Any):
        self.scorer = scorer

    def fit(self, X: pd.DataFrame, y: Any) -> Self:
        """Learn from rows of `user` and `item`, with their attributes, and ratings."""
        self.met_ = Interactions.of(X, y)
        self.scorer_ = clone(self.scorer).fit(self.met_)
        return self

    @property
    def history_(self) -> list[dict[str, float]]:
        """What a network noted of its epochs."""
        return getattr(self.scorer_, "history_", [])


class RatingPredictor(RegressorMixin, _Scored):
    """How users would rate items.

    Args:
        scorer: a `RatingScorer`.
    """

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return ratings `(n_samples,)` on the scale of those learned from."""
        check_is_fitted(self, "scorer_")
        rating = self.met_.rating
        return np.clip(self.scorer_.rate(self.met_.queries(X)), rating.min(), rating.max())


class Ranker(_Scored):
    """Which items a user would take to next.

    Args:
        scorer: an `ItemScorer`.
    """

    def predict(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return where items stand for users (`rank`), or without items what to recommend."""
        check_is_fitted(self, "scorer_")
        has_items = "item" in X and not X["item"].isna().all()
        return self.rank(X) if has_items else self.recommend(X)

    def rank(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return for each row the user, the rank of the item, and what the user is recommended.

        `rank` counts from 1, among the items that the user has not seen; an item that was seen is
        ranked among all. `recommended` are the names of the first ten, one a line; `novelty` is the
        mean of their -log2 of the share of users who have seen them; `n_items` how many items there
        are to recommend.
        """
        queries = self.met_.queries(X)
        users, place = np.unique(queries.user, return_inverse=True)
        scores, seen = self._scores(users), self._seen(users)
        order = _order(np.where(seen, -np.inf, scores))
        rank = _ranks(order)[place, queries.item].astype(np.float64)
        again = seen[place, queries.item] & (queries.item != UNKNOWN)
        if again.any():
            rank[again] = _ranks(_order(scores))[place[again], queries.item[again]]
        for row in np.flatnonzero(queries.item == UNKNOWN):
            known = scores[place[row]]
            expected = known[self._alike(queries.item_features[row])].mean()
            # Nobody is shown it, so that however much is expected of it is no hit.
            rank[row] = max(TOP, np.sum(~seen[place[row]] & (known > expected))) + 1
        top, shown = self._top(order, seen)
        names = self.met_.items.names
        lists = ["\n".join(names[items[kept]]) for items, kept in zip(top, shown, strict=True)]
        share = np.asarray(self.met_.table().sum(axis=0)).ravel() / len(self.met_.users)
        novelty = np.where(shown, -np.log2(share[top]), 0).sum(axis=1)
        novelty /= np.maximum(shown.sum(axis=1), 1)
        return pd.DataFrame(
            {
                "user": X["user"].astype(str).to_numpy(),
                "rank": rank,
                "recommended": np.asarray(lists, dtype=object)[place],
                "novelty": novelty[place],
                "n_items": float(len(names)),
            }
        )

    def recommend(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return for each user, in lists, what is recommended, in which place, and why."""
        user = self.met_.users.numbers(X["user"])
        users, place = np.unique(user, return_inverse=True)
        scores, seen = self._scores(users), self._seen(users)
        top, shown = self._top(_order(np.where(seen, -np.inf, scores)), seen)
        answers = []
        for number, items, kept, score in zip(users, top, shown, scores, strict=True):
            items = items[kept]
            answers.append(
                {
                    "place": list(range(1, len(items) + 1)),
                    "item": self.met_.items.names[items].tolist(),
                    "title": self.met_.titles[items].tolist(),
                    "score": [float(f"{score[item]:.4g}") for item in items],
                    "why": self.why(int(number), items),
                }
            )
        found = pd.DataFrame([answers[number] for number in place])
        found.insert(0, "user", X["user"].astype(str).to_numpy())
        return found

    def why(self, user: int, items: np.ndarray) -> list[str]:
        """Return for each item the nearest that the user liked, or shared words, or its fame."""
        if user == UNKNOWN:
            return [f"new user; {self._fame(item)}" for item in items]
        mine = self.met_.user == user
        rated, rating = self.met_.item[mine], self.met_.rating[mine]
        good = rating >= rating.mean()
        liked, rating = rated[good], rating[good]
        likeness = self.scorer_.likeness(items)
        reasons = []
        for row, item in enumerate(items):
            near = np.zeros(len(liked)) if likeness is None else likeness[row, liked]
            best = [number for number in np.argsort(-near, kind="stable")[:2] if near[number] > 0]
            alike = [f"{self.met_.titles[liked[n]]}, rated {rating[n]:g}" for n in best]
            shared = self._shared_words(liked, item) if likeness is not None else []
            reason = f"near to {' and '.join(alike)}" if alike else self._fame(item)
            reasons.append(f"{reason}; {'/'.join(shared)}" if shared else reason)
        return reasons

    def _scores(self, users: np.ndarray) -> np.ndarray:
        """Return `(n_users, n_items)`; a user never seen gets the most popular."""
        scores = np.empty((len(users), len(self.met_.items)))
        known = users != UNKNOWN
        if known.any():  # networks take no question of no rows
            scores[known] = self.scorer_.scores(users[known])
        scores[~known] = np.asarray(self.met_.table().sum(axis=0)).ravel()
        return scores

    def _seen(self, users: np.ndarray) -> np.ndarray:
        seen = np.zeros((len(users), len(self.met_.items)), dtype=bool)
        known = users != UNKNOWN
        seen[known] = self.met_.table()[users[known]].toarray() > 0
        return seen

    @staticmethod
    def _top(order: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the first items `(n_users, TOP)`, and which of them there really are."""
        top = order[:, :TOP]
        unseen = (~seen).sum(axis=1, keepdims=True)
        return top, np.arange(top.shape[1]) < unseen

    def _alike(self, features: np.ndarray) -> np.ndarray:
        """Return the items whose attributes are most nearly the same."""
        near = ((self.met_.item_features - features) ** 2).sum(axis=1)
        return np.argsort(near, kind="stable")[:ALIKE]

    def _shared_words(self, liked: np.ndarray, item: int) -> list[str]:
        """Return the item's words that more of what the user liked has than of all there is."""
        start = len(self.met_.item_attributes.numbers)
        words = self.met_.item_features[:, start:]
        usual, mine = words.mean(axis=0), words[liked].mean(axis=0)
        gain = np.where(words[item] > 0, mine - usual, 0)
        best = [number for number in np.argsort(-gain, kind="stable")[:2] if gain[number] > 0]
        return [self.met_.item_attributes.words[number][1] for number in best]

    def _fame(self, item: int) -> str:
        rating = self.met_.rating[self.met_.item == item]
        return f"rated by {len(rating)} of {len(self.met_.users)} users, {rating.mean():.1f} on average"


def _order(scores: np.ndarray) -> np.ndarray:
    return np.argsort(-scores, axis=1, kind="stable")


def _ranks(order: np.ndarray) -> np.ndarray:
    """Return the place of each item from 1, `(n_users, n_items)`."""
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, order.shape[1] + 1)[None], axis=1)
    return ranks
