"""Writers: a sentence for each row, token by token, for what is read or seen there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from caselab.learning.vocabulary import END, START
from caselab.sequences.decoding import Strategy, Written, write
from caselab.sequences.tokenizers import Tokenizer, texts_of

END_MARK = "·"
"""How the end of a text is shown among its tokens."""


class Sentences(NamedTuple):
    """What was written for each row."""

    texts: list[str]
    scores: np.ndarray
    """(n_samples,), how sure the writer is of each."""


class Looks(NamedTuple):
    """What a network looked at as it wrote a text."""

    read: list[str]
    written: list[str]
    weights: np.ndarray
    """(written, read), shares."""


class Writer(BaseEstimator):
    """A network that reads and writes ids, between two tokenizers of the training rows.

    Args:
        model: has `fit(X, y, n_ids=..., n_outputs=...)`, and lets itself be `asked` by steps.
        tokens: cuts what is written.
        reads: cuts what is read; None: rows are numbers, such as pictures.
        longest: tokens that are read of a row, and written for it; what is over is cut.

    Attributes:
        model_, tokens_, reads_: fitted.
        characters_: that training has read, in order.
    """

    def __init__(
        self, model: Any, tokens: Tokenizer, reads: Tokenizer | None = None, longest: int = 60
    ):
        self.model = model
        self.tokens = tokens
        self.reads = reads
        self.longest = longest

    def fit(self, X: Any, y: Any) -> Self:
        """Learn to write texts `y` (n_samples,) for texts (n_samples, 1), or numbers (n_samples, ...)."""
        asked = [str(text) for text in y]
        self.tokens_ = clone(self.tokens).fit(asked)
        given, n_ids = X, None
        if self.reads is not None:
            texts = texts_of(X)
            self.reads_ = clone(self.reads).fit(texts)
            self.characters_ = "".join(sorted(set().union(*texts)))
            given, n_ids = self._read(X), self.reads_.n_ids
        ids = self.tokens_.ids(asked, start=True)
        written = [np.append(each[: self.longest + 1], END) for each in ids]
        self.model_ = clone(self.model).fit(
            given, written, n_ids=n_ids, n_outputs=self.tokens_.n_ids
        )
        return self

    def predict(self, X: Any) -> list[str]:
        """Return a sentence for each row."""
        return self.write(X).texts

    def generate(self, X: Any, strategy: Strategy = Strategy()) -> list[str]:
        """Return a sentence for each row, its tokens chosen in the given way."""
        return self.write(X, strategy).texts

    def write(self, X: Any, strategy: Strategy = Strategy()) -> Sentences:
        """Return a sentence for each row, and its mean log-probability of a token, in nats.

        No more than `longest` tokens are written. For an empty text nothing is.
        """
        check_is_fitted(self, "model_")
        given = X if self.reads is None else self._read(X)
        chosen = replace(strategy, longest=min(strategy.longest, self.longest))
        found = self.model_.asked(given, lambda network, x: _written(network, x, chosen))
        texts = self.tokens_.texts([each.ids for each in found])
        if self.reads is not None:
            texts = [text if len(ids) > 1 else "" for text, ids in zip(texts, given, strict=True)]
        scores = [each.log_probability / max(1, len(each.ids) + each.ended) for each in found]
        return Sentences(texts, np.array(scores, dtype=float))

    def remarks(self, X: Any) -> dict[int, str]:
        """Return what is to be told of texts that are not read as they are, by their place."""
        if self.reads is None:
            return {}
        texts, told = texts_of(X), {}
        for row, (text, ids) in enumerate(zip(texts, self.reads_.ids(texts), strict=True)):
            said = []
            if len(ids) > self.longest:
                cut = self.reads_.texts([ids[self.longest :]])[0]
                said.append(
                    f"the text has {len(ids):,} tokens, of which the first {self.longest:,} are "
                    f"read; what was cut begins with {cut[:30]!r}"
                )
            if unseen := "".join(sorted(set(text) - {*self.characters_} - {*" \t\n\r"})):
                said.append(f"it has characters that training has not seen: {unseen[:20]}")
            if said:
                told[row] = "; ".join(said)
        return told

    def looks(self, text: str) -> Looks | None:
        """Return what the network looks at as it writes for a text; None where it does not tell."""
        check_is_fitted(self, "model_")

        def ask(network: Any, x: Any) -> list[Any]:
            if not getattr(network, "tells_looks", False):
                return [None]
            (found,) = _written(network, x, Strategy(longest=self.longest))
            ids = torch.tensor([[START, *found.ids.tolist()]], device=x.device)
            return [(found.ids, network.looks(x, ids)[0].cpu().numpy())]

        (found,) = self.model_.asked(self._read([text]), ask)
        if found is None:
            return None
        ids, weights = found
        read = [*self.reads_.tokens(text)[: self.longest], END_MARK]
        written = [*(self.tokens_.texts([[each]])[0] for each in ids), END_MARK]
        return Looks(read, written, weights[: len(written), : len(read)])

    @property
    def history_(self) -> list[dict[str, float]]:
        """What a network noted of its epochs."""
        return getattr(self.model_, "history_", [])

    def _read(self, X: Any) -> list[np.ndarray]:
        """Return the ids of texts, as many as are read, and their end."""
        ids = self.reads_.ids(texts_of(X))
        return [np.append(each[: self.longest], END) for each in ids]


def _written(network: Any, x: Any, strategy: Strategy) -> list[Written]:
    start = torch.full((len(x), 1), START, device=x.device)
    return write(network.step, network.begin(x), start, strategy)
