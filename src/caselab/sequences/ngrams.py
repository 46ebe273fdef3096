"""N-grams: what follows the last tokens, counted, and smoothed after Kneser and Ney."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
import safetensors.numpy
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from caselab.learning.vocabulary import PADDING, START

NEVER = (PADDING, START)
"""Ids that follow nothing."""


class KneserNey(BaseEstimator):
    """Interpolated Kneser-Ney, with a discount each for what was counted once, twice and more often.

    The longest n-grams are counted. Shorter ones are weighed by how many tokens they were found
    behind, as they speak where nothing longer was found; at the start of a text, where nothing
    stands before, they are counted too. N-grams are kept as paths: each is a child of the one
    without its last token.

    Args:
        order: tokens of the longest n-grams.

    Attributes:
        counts_: by name, of the n-grams of k tokens in order, `keys_k`: the number of the parent
            times `n_ids_` plus the last token; `values_k`: the share that is theirs; and `left_k`:
            the share that what follows them leaves to shorter ones, 0 where nothing follows.
        n_ids_: of the vocabulary.
        order_: of the longest n-grams that there are.

    Source: Kneser and Ney (1995), Improved backing-off for m-gram language modeling; Chen and Goodman
    (1999), An empirical study of smoothing techniques for language modeling, section 3.
    """

    state_suffix = ".safetensors"

    def __init__(self, order: int = 5):
        self.order = order

    def fit(self, X: Sequence[np.ndarray], *, n_outputs: int) -> Self:
        """Count the n-grams of sequences of ids (time,), each from its start to its end.

        `n_outputs` is the number of ids that there are.
        """
        self.n_ids_ = n_outputs
        self.order_ = min(self.order, max(map(len, X)))
        flat = np.concatenate(X)
        begins = np.cumsum([0, *(len(each) for each in X)])[:-1]
        place = np.arange(len(flat)) - np.repeat(begins, [len(each) for each in X])
        ends, keys, first = _paths(flat, place, self.order_, self.n_ids_)
        weights = []
        for length in range(1, self.order_ + 1):
            counted = np.bincount(ends[length][ends[length] >= 0], minlength=len(keys[length]))
            if length == self.order_:
                weights.append(counted)
                continue
            # By the path without its first token: one for each token that it was found behind
            behind = np.bincount(
                _without_first(ends, length + 1, len(keys[length + 1])),
                minlength=len(keys[length]),
            )
            weights.append(np.where(first[length] == START, counted, behind))
        weights[0] = np.where(np.isin(keys[1], NEVER), 0, weights[0])
        self.counts_ = self._smoothed(keys, weights)
        return self

    def detach_state(self) -> bytes | None:
        """Give up what was counted, as safetensors; None before `fit`."""
        if not hasattr(self, "counts_"):
            return None
        state: bytes = safetensors.numpy.save(self.counts_)
        del self.counts_
        return state

    def attach_state(self, state: bytes) -> None:
        """Take back what `detach_state` gave."""
        self.counts_ = safetensors.numpy.load(state)

    def log_likelihood(self, X: Sequence[np.ndarray]) -> np.ndarray:
        """Return the log-probability (n_sequences,), in nats, of all but the start of each."""
        check_is_fitted(self, "n_ids_")
        flat = np.concatenate([*X, np.empty(0, dtype=np.int64)])
        lengths = np.array([len(each) for each in X], dtype=np.int64)
        begins = np.cumsum(np.r_[0, lengths])[:-1]
        place = np.arange(len(flat)) - np.repeat(begins, lengths)
        found = self._found(flat, place)
        probability = np.full(len(flat), self._uniform)
        for length in range(1, self.order_ + 1):
            before = np.zeros(len(flat), np.int64)  # the empty path
            if length > 1:
                before = np.r_[-1, found[length - 1][:-1]]
                before[place < length - 1] = -1
            probability = self._given(length, before, found[length], probability)
        said = np.where(place > 0, np.log(probability), 0.0)
        return np.array([said[a : a + n].sum() for a, n in zip(begins, lengths, strict=True)])

    def asked(self, X: Sequence[np.ndarray], ask: Callable[[Any, Tensor], list[Any]]) -> list[Any]:
        """Return what `ask` finds with the model and sequences of ids of one length."""
        return ask(self, torch.tensor(np.stack(X)))

    def begin(self, x: Tensor) -> Tensor:
        """Return the state of rows of which nothing was read yet: their last ids, 0 for none."""
        return torch.full((len(x), max(1, self.order_ - 1)), PADDING)

    def step(self, state: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logarithms of the next tokens' probabilities, (n_rows, n_ids), and the state."""
        state = torch.cat([state, ids[:, None]], 1)[:, 1:]
        logits = [self._next(row[row != PADDING].numpy()) for row in state]
        return torch.from_numpy(np.stack(logits)), state

    @property
    def _uniform(self) -> float:
        return 1 / (self.n_ids_ - len(NEVER))

    def _next(self, read: np.ndarray) -> np.ndarray:
        """Return the log-probability of each id (n_ids,) after those that were read."""
        probability = np.full(self.n_ids_, self._uniform)
        probability[list(NEVER)] = 0.0
        for length in range(1, self.order_ + 1):
            if len(read) < length - 1:
                break
            path = 0
            for depth, token in enumerate(read[len(read) - (length - 1) :], start=1):
                path = int(self._child(depth, np.array([path]), np.array([token]))[0])
                if path < 0:
                    break
            left = 0.0 if path < 0 else float(self.counts_[f"left_{length - 1}"][path])
            if left == 0:
                break  # nor does anything follow what is longer
            keys, values = self.counts_[f"keys_{length}"], self.counts_[f"values_{length}"]
            low, high = np.searchsorted(keys, [path * self.n_ids_, (path + 1) * self.n_ids_])
            probability = probability * left
            probability[keys[low:high] % self.n_ids_] += values[low:high]
        with np.errstate(divide="ignore"):
            return np.log(probability)

    def _given(
        self, length: int, before: np.ndarray, found: np.ndarray, shorter: np.ndarray
    ) -> np.ndarray:
        """Return probabilities by n-grams of this length, where there are any, from those of shorter."""
        left = np.where(before >= 0, self.counts_[f"left_{length - 1}"][before], 0.0)
        own = np.where(found >= 0, self.counts_[f"values_{length}"][found], 0.0)
        return np.where(left > 0, own + left * shorter, shorter)

    def _found(self, flat: np.ndarray, place: np.ndarray) -> list[np.ndarray]:
        """Return, by length, the number of the n-gram that ends at each place; -1 for none."""
        found = [np.zeros(len(flat), np.int64)]
        for length in range(1, self.order_ + 1):
            before = found[-1] if length == 1 else np.r_[-1, found[-1][:-1]]
            here = self._child(length, before, flat)
            found.append(np.where(place >= length - 1, here, -1))
        return found

    def _child(self, length: int, parent: np.ndarray, token: np.ndarray) -> np.ndarray:
        """Return the number of the n-gram of a shorter one and a token; -1 for none."""
        keys = self.counts_[f"keys_{length}"]
        asked = parent * self.n_ids_ + token
        number = np.searchsorted(keys, asked).clip(max=len(keys) - 1)
        return np.where((parent >= 0) & (keys[number] == asked), number, -1)

    def _smoothed(
        self, keys: Sequence[np.ndarray], weights: Sequence[np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Return what is kept: the share of each n-gram, and what each leaves to shorter ones."""
        kept: dict[str, np.ndarray] = {}
        for length, (of_length, weight) in enumerate(zip(keys[1:], weights, strict=True), start=1):
            n_parents = 1 if length == 1 else len(keys[length - 1])
            parent = of_length // self.n_ids_
            discount = _discounts(weight)[np.minimum(weight, 3)]
            total = np.bincount(parent, weight, n_parents)
            taken = np.bincount(parent, discount, n_parents)
            safe = np.maximum(total, 1)
            kept[f"keys_{length}"] = of_length
            kept[f"values_{length}"] = ((weight - discount) / safe[parent]).astype(np.float32)
            kept[f"left_{length - 1}"] = (taken / safe).astype(np.float32)
        return kept


def _paths(
    flat: np.ndarray, place: np.ndarray, order: int, n_ids: int
) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Return, by length from 0, the n-gram that ends at each place, and all their keys and first ids."""
    ends = [np.zeros(len(flat), np.int64)]
    keys, first = [np.zeros(1, np.int64)], [np.array([-1])]
    for length in range(1, order + 1):
        parent = ends[-1] if length == 1 else np.r_[-1, ends[-1][:-1]]
        there = place >= length - 1
        key = parent[there] * n_ids + flat[there]
        unique, number = np.unique(key, return_inverse=True)
        here = np.full(len(flat), -1)
        here[there] = number
        ends.append(here)
        keys.append(unique)
        first.append(unique if length == 1 else first[-1][unique // n_ids])
    return ends, keys, first


def _without_first(ends: Sequence[np.ndarray], length: int, count: int) -> np.ndarray:
    """Return of each n-gram of this length the one without its first token."""
    shorter = np.empty(count, np.int64)
    there = ends[length] >= 0
    shorter[ends[length][there]] = ends[length - 1][there]
    return shorter


def _discounts(weight: np.ndarray) -> np.ndarray:
    """Return what is taken from weights of 0, 1, 2 and 3 or more."""
    n = [float((weight == count).sum()) for count in range(1, 5)]
    if min(n) == 0:  # too few n-grams to tell: the one discount of Ney, Essen and Kneser
        one = n[0] / (n[0] + 2 * n[1]) if n[0] else 0.5
        return np.array([0.0, one, one, one])
    y = n[0] / (n[0] + 2 * n[1])
    ratios = [after / before for before, after in pairwise(n)]
    # of few n-grams some would be negative
    found = [k - (k + 1) * y * ratio for k, ratio in enumerate(ratios, start=1)]
    return np.array(
        [0.0, *(float(np.clip(each, 0.01, k)) for k, each in enumerate(found, start=1))]
    )
