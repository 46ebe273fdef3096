"""Which words stand near each other, how often, and whether more often than by chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse


def cooccurrences(
    texts: Sequence[Sequence[str]],
    words: Sequence[str],
    window: int,
    *,
    by_distance: bool = False,
) -> sparse.csr_matrix:
    """Return how often each word stands within a window of each other, (n_words, n_words), symmetric.

    Words that are not among these are left out first, so that those around them stand nearer.

    Args:
        texts: each a list of words.
        words: of the matrix, in the order of its rows and columns.
        window: words on each side.
        by_distance: a word at a distance of d counts 1 / d (Pennington, Socher and Manning, 2014).
    """
    places = {word: place for place, word in enumerate(words)}
    known = [[places[word] for word in text if word in places] for text in texts]
    ids = np.concatenate([np.asarray(text, dtype=np.int64) for text in known] or [np.arange(0)])
    text_of = np.repeat(np.arange(len(known)), [len(text) for text in known])
    counts = sparse.csr_matrix((len(words), len(words)), dtype=np.float64)
    for distance in range(1, min(window, len(ids) - 1) + 1):
        inside = text_of[:-distance] == text_of[distance:]
        pairs = (ids[:-distance][inside], ids[distance:][inside])
        weights = np.full(len(pairs[0]), 1 / distance if by_distance else 1.0)
        counts += sparse.coo_matrix((weights, pairs), shape=counts.shape).tocsr()
    both: sparse.csr_matrix = (counts + counts.T).tocsr()
    both.sort_indices()
    return both


def positive_pmi(
    counts: sparse.csr_matrix, *, smoothing: float = 0.75, shift: float = 1.0
) -> sparse.csr_matrix:
    """Return log(P(word, context) / (P(word) P(context))) - log(shift) where it is above 0, else 0.

    Args:
        counts: (n_words, n_contexts), of pairs.
        smoothing: the power of contexts' counts before they become probabilities, so that rare ones
            count for less.
        shift: as many negative samples as word2vec would draw.

    Source: Levy, Goldberg and Dagan (2015), Improving distributional similarity with lessons learned
    from word embeddings, TACL 3.
    """
    of_word = np.asarray(counts.sum(axis=1)).ravel()
    of_context = np.asarray(counts.sum(axis=0)).ravel() ** smoothing
    pairs = counts.tocoo()
    word = of_word[pairs.row] / of_word.sum()
    context = of_context[pairs.col] / of_context.sum()
    found = np.log(pairs.data / of_word.sum() / (word * context)) - np.log(shift)
    above = found > 0
    kept = (found[above], (pairs.row[above], pairs.col[above]))
    return sparse.csr_matrix(kept, shape=counts.shape)
