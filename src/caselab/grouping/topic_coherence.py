"""Topic coherence: whether a topic's words keep company in texts that it was not made of."""

from itertools import combinations
from typing import Any

import numpy as np
from scipy import sparse


def top_terms(components: np.ndarray, n_words: int) -> np.ndarray:
    """Return the places of each topic's weightiest terms `(n_topics, n_words)`, weightiest first.

    Of equal weights the term that comes first counts more. `components` is `(n_topics, n_terms)`.
    """
    return np.argsort(-components, axis=1, kind="stable")[:, :n_words]


def topic_coherence(
    holds: Any, topics: list[list[int]], weights: np.ndarray | None = None
) -> np.ndarray:
    """Return each topic's mean NPMI of its words two by two, in texts: `(n_topics,)`.

    NPMI is the logarithm of how much oftener two words stand in one text than they would by
    chance, divided by the greatest it could be: -1 never together, 0 by chance, 1 always (Bouma,
    2009). Its mean over the ten first words agrees best with what people call coherent (Lau,
    Newman and Baldwin, 2014; Röder, Both and Hinneburg, 2015, `C_NPMI`).

    Args:
        holds: which text holds which term, `(n_samples, n_terms)`, sparse, anything but 0 for yes.
        topics: for each topic the places of its words.
        weights: of the texts, `(n_samples,)`, or `(n_resamples, n_samples)` for a result of
            `(n_resamples, n_topics)`.

    Returns:
        nan for a topic of fewer than two words.
    """
    there = sparse.csc_matrix(holds, dtype=bool).astype(np.float64)
    rows = np.ones((1, there.shape[0])) if weights is None else np.atleast_2d(weights)
    pairs = [pair for words in topics for pair in combinations(words, 2)]
    first, second = np.array(pairs, dtype=int).reshape(-1, 2).T
    total = rows.sum(axis=1, keepdims=True)
    alone = (there.T @ rows.T).T / total  # (n_resamples, n_terms)
    together = (there[:, first].multiply(there[:, second]).T @ rows.T).T / total
    values = npmi(together, alone[:, first], alone[:, second])  # (n_resamples, n_pairs)

    of_topic = np.repeat(np.arange(len(topics)), [len(t) * (len(t) - 1) // 2 for t in topics])
    sums = values @ (of_topic[:, np.newaxis] == np.arange(len(topics)))
    counts = np.bincount(of_topic, minlength=len(topics))
    means = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    return means if weights is not None and weights.ndim == 2 else means[0]


def npmi(together: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the normalized pointwise mutual information of shares of texts.

    Words that never meet have -1, words that stand in every text 0: there chance says as much.
    """
    meets = together > 0
    share = np.where(meets, together, 0.5)
    expected = np.where(meets, first * second, 0.5)
    surprise = -np.log(share)
    values = np.divide(
        np.log(share / expected), surprise, out=np.zeros_like(share), where=surprise > 1e-12
    )
    return np.where(meets, values, -1.0)
