"""Topic models: their number of topics is chosen by how well the words keep company."""

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from caselab.errors import UserError
from caselab.grouping.topic_coherence import top_terms, topic_coherence
from caselab.learning.validation import hold_out

TOP_WORDS = 10
"""The words of a topic that are judged, and that are shown."""


class Topics(TransformerMixin, BaseEstimator):
    """What finds topics in counts or weights of terms, `(n_samples, n_terms)`, none negative.

    Attributes:
        components_: the weight of each term in each topic, `(n_topics, n_terms)`.
    """

    def transform(self, X: Any) -> np.ndarray:
        """Return each topic's share in each text `(n_samples, n_topics)`; a row sums to 1.

        A text without a known term belongs to all topics alike.
        """
        check_is_fitted(self, "components_")
        X = self._checked(X, reset=False)
        weights = np.asarray(self._weights(X), dtype=np.float64)
        total = weights.sum(axis=1, keepdims=True)
        known = (total > 0) & (X.getnnz(axis=1)[:, np.newaxis] > 0)
        alike = np.full(weights.shape, 1 / weights.shape[1])
        return np.divide(weights, total, out=alike, where=known)

    def _weights(self, X: sparse.csr_matrix) -> np.ndarray:
        """Return the weight of each topic in each text, `(n_samples, n_topics)`."""
        raise NotImplementedError

    def _check_size(self, X: sparse.csr_matrix, n_topics: int) -> None:
        if n_topics > min(X.shape):
            raise UserError(
                f"{n_topics} topics are asked of {X.shape[0]:,} texts with {X.shape[1]:,} terms; "
                "ask for fewer by model.n_topics, or give more texts."
            )

    def _checked(self, X: Any, *, reset: bool) -> sparse.csr_matrix:
        X = validate_data(self, X, reset=reset, accept_sparse="csr", dtype=np.float32)
        X = sparse.csr_matrix(X)
        if X.nnz and X.data.min() < 0:
            raise ValueError(f"Negative values in data passed to {type(self).__name__}")
        return X

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        return tags


class TopicModel(Topics):
    """Topics that a factorization finds in counts or weights of terms.

    Args:
        model: an unfitted estimator with `n_components`, whose `components_` are topics.
        n_topics: a number, or `auto`: of `candidates` the one whose topics have the greatest mean
            NPMI in texts that were held out of what `fit` is given; then all of them are fitted.
        candidates: numbers of topics that `auto` tries.
        validation_fraction: the share of the texts that `auto` holds out.
        random_state: of the rows held out and of the model's start.

    Attributes:
        model_: fitted.
        components_: of the model.
        history_: `n_topics` and `npmi` of each candidate, where they were tried.
    """

    def __init__(
        self,
        model: BaseEstimator,
        n_topics: int | Literal["auto"] = "auto",
        candidates: Sequence[int] = (10, 20, 30),
        validation_fraction: float = 0.2,
        random_state: int | np.random.RandomState | None = None,
    ):
        self.model = model
        self.n_topics = n_topics
        self.candidates = candidates
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find topics in counts or weights of terms `(n_samples, n_terms)`, none of them negative.

        Raises:
            UserError: there are fewer texts or terms than topics.
        """
        X = self._checked(X, reset=True)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        n_topics = self._chosen(X, seed) if self.n_topics == "auto" else int(self.n_topics)
        self._check_size(X, n_topics)
        self.model_ = self._fitted(X, n_topics, seed)
        self.components_ = self.model_.components_
        return self

    def _weights(self, X: sparse.csr_matrix) -> np.ndarray:
        weights: np.ndarray = self.model_.transform(X)
        return weights

    def _chosen(self, X: sparse.csr_matrix, seed: int) -> int:
        learn, held = hold_out(X.shape[0], self.validation_fraction, seed)
        tried = [k for k in sorted({*self.candidates}) if k <= min(len(learn), X.shape[1])]
        if not tried or not len(held):
            self._check_size(X, min(self.candidates))
        self.history_ = []
        for n_topics in tried:
            found = self._fitted(X[learn], n_topics, seed).components_
            words = top_terms(found, TOP_WORDS).tolist()
            coherence = float(np.mean(topic_coherence(X[held], words)))
            self.history_.append({"n_topics": n_topics, "npmi": coherence})
        best = max(self.history_, key=lambda each: each["npmi"])
        return int(best["n_topics"])

    def _fitted(self, X: sparse.csr_matrix, n_topics: int, seed: int) -> Any:
        model = clone(self.model).set_params(n_components=n_topics, random_state=seed)
        return model.fit(X)


class FrequentTerms(Topics):
    """The most frequent terms, dealt out like cards: topics that say nothing.

    Args:
        n_topics: how many.
    """

    def __init__(self, n_topics: int = 20):
        self.n_topics = n_topics

    def fit(self, X: Any, y: Any = None) -> Self:
        """Deal out the terms of `(n_samples, n_terms)`, those of the most texts first.

        Raises:
            UserError: there are fewer texts or terms than topics.
        """
        X = self._checked(X, reset=True)
        self._check_size(X, self.n_topics)
        texts = X.getnnz(axis=0)
        order = np.argsort(-texts, kind="stable")
        self.components_ = np.zeros((self.n_topics, X.shape[1]), dtype=np.float32)
        self.components_[np.arange(len(order)) % self.n_topics, order] = texts[order]
        return self

    def _weights(self, X: sparse.csr_matrix) -> np.ndarray:
        weights: np.ndarray = X @ (self.components_ > 0).T.astype(np.float32)
        return weights
