"""Language models: how likely a text is, and how it goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from caselab.errors import RowError
from caselab.learning.vocabulary import UNKNOWN
from caselab.sequences.decoding import Strategy, Written, write
from caselab.sequences.tokenizers import Tokenizer, texts_of

AT_ONCE = 256
"""Prompts that are gone on from together."""


class LanguageModel(BaseEstimator):
    """A model of sequences of ids, behind a tokenizer that is learned from the same texts.

    Args:
        model: has `fit(ids, n_outputs=...)` and `log_likelihood(ids)`, and lets itself be `asked` by
            steps; each sequence has its start and end.
        tokenizer: cuts texts into tokens.

    Attributes:
        model_, tokenizer_: fitted.
    """

    def __init__(self, model: Any, tokenizer: Tokenizer):
        self.model = model
        self.tokenizer = tokenizer

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from texts (n_samples, 1); an empty one tells nothing."""
        del y
        texts = [text for text in texts_of(X) if text.strip()]
        self.tokenizer_ = clone(self.tokenizer).fit(texts)
        ids = self.tokenizer_.ids(texts, start=True, end=True)
        self.model_ = clone(self.model).fit(ids, n_outputs=self.tokenizer_.n_ids)
        return self

    def log_probabilities(self, X: Any) -> np.ndarray:
        """Return the log-probability (n_samples,) of each text and of its end, in nats.

        A token that is unknown is spelled, so that models with other tokens compare.
        """
        check_is_fitted(self, "model_")
        texts = texts_of(X)
        ids = self.tokenizer_.ids(texts, start=True, end=True)
        found: np.ndarray = self.model_.log_likelihood(ids) + self.tokenizer_.spelling(texts)
        return found

    def generate(self, prompts: Sequence[str], strategy: Strategy = Strategy()) -> list[str]:
        """Return what comes after each prompt; an empty one is gone on from as a text begins.

        Raises:
            RowError: the tokenizer knows no token of a prompt.
        """
        check_is_fitted(self, "model_")
        ids = self.tokenizer_.ids(prompts, start=True)
        _check_known(ids)
        written: list[Written | None] = [None] * len(ids)
        by_length: dict[int, list[int]] = defaultdict(list)
        for row, of_prompt in enumerate(ids):
            by_length[len(of_prompt)].append(row)

        def ask(network: Any, x: Any) -> list[Written]:
            return write(network.step, network.begin(x), x, strategy)

        for rows in by_length.values():
            for first in range(0, len(rows), AT_ONCE):
                part = rows[first : first + AT_ONCE]
                for row, found in zip(
                    part, self.model_.asked([ids[each] for each in part], ask), strict=True
                ):
                    written[row] = found
        return self.tokenizer_.texts([each.ids for each in written if each is not None])

    @property
    def history_(self) -> list[dict[str, float]]:
        """What a network noted of its epochs."""
        return getattr(self.model_, "history_", [])


def _check_known(ids: Sequence[np.ndarray]) -> None:
    vain = [
        row for row, each in enumerate(ids) if len(each) > 1 and bool((each[1:] == UNKNOWN).all())
    ]
    if vain:
        where = f"row {vain[0] + 1:,} of {len(ids):,}"
        raise RowError(
            f"The prompt in {where} has only words that were never seen in training; begin it with "
            "others, or train with tokens of byte_pairs, which know every word.",
            dict.fromkeys(vain, "all words of the prompt are unknown"),
            where,
        )
