"""Metrics of tags, word by word: the target holds one tag for each word, between spaces.

Answers hold `words`, their `tags` and, as 1 or 0 for each word, whether it is `known` from training.
A resample draws sentences, or documents where there are such, with all their words.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from caselab.evaluation.metrics import Metric, mean, ratio

WORDS, TAGS, KNOWN = "words", "tags", "known"
"""Columns of answers."""


class Places(NamedTuple):
    """Every word of all sentences, one after the other."""

    row: np.ndarray  # (n_words,), the sentence that it stands in
    truth: np.ndarray  # (n_words,), its tag by number
    said: np.ndarray  # (n_words,), the tag that it was given
    known: np.ndarray  # (n_words,), whether it stood in training
    names: tuple[str, ...]  # of the tags, in the order of their numbers


def places(y: pd.Series, answers: pd.DataFrame) -> Places:
    """Return every word with its tag and the one it was given.

    Raises:
        ValueError: a sentence has not as many tags as words.
    """
    return _places(tuple(y), tuple(answers[TAGS]), tuple(answers[KNOWN]))


@lru_cache(maxsize=4)  # metrics and resamples ask for the same rows again and again
def _places(y: tuple[str, ...], answers: tuple[str, ...], known: tuple[str, ...]) -> Places:
    truth, said = ([row.split() for row in rows] for rows in (y, answers))
    for row, (asked, given) in enumerate(zip(truth, said, strict=True)):
        if len(asked) != len(given):
            raise ValueError(
                f"Sentence {row + 1:,} has {len(asked)} tags and was given {len(given)}."
            )
    lengths = [len(row) for row in truth]
    flat = [tag for rows in (truth, said) for row in rows for tag in row]
    numbers, names = pd.factorize(np.array(flat, dtype=object), sort=True)
    return Places(
        row=np.repeat(np.arange(len(lengths)), lengths),
        truth=numbers[: sum(lengths)],
        said=numbers[sum(lengths) :],
        known=np.array([*"".join(known)]) == "1",
        names=tuple(str(name) for name in names),
    )


def _share(of: Callable[[Places], np.ndarray]) -> Callable[..., Any]:
    """Make a metric of the share of some words that have their own tag; nan where there are none."""

    def metric(y: pd.Series, answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
        found = places(y, answers)
        asked = of(found)
        right = asked & (found.truth == found.said)
        rows = np.ones((1, len(y))) if weights is None else np.atleast_2d(weights)
        shares = ratio(*(rows @ _by_row(each, found, len(y)) for each in (right, asked)))
        return shares if weights is not None and weights.ndim == 2 else float(shares[0])

    return metric


def sentence_accuracy(
    y: pd.Series, answers: pd.DataFrame, weights: np.ndarray | None = None
) -> Any:
    """Return the share of sentences of which every word has its own tag."""
    found = places(y, answers)
    return mean(_by_row(found.truth != found.said, found, len(y)) == 0, weights)


def macro_f1(y: pd.Series, answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the mean over the tags of the harmonic mean of precision and recall."""
    rows = np.ones((1, len(y))) if weights is None else np.atleast_2d(weights)
    table = np.stack([ratio(2 * (rows @ hits), rows @ both) for hits, both in _of_tags(y, answers)])
    defined = ~np.isnan(table)
    means = ratio(np.where(defined, table, 0).sum(axis=0), defined.sum(axis=0))
    return means if weights is not None and weights.ndim == 2 else float(means[0])


def _of_tags(y: pd.Series, answers: pd.DataFrame) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield for each tag, sentence by sentence, how often it was right, and was there or said."""
    found = places(y, answers)
    for tag in range(len(found.names)):
        there, said = found.truth == tag, found.said == tag
        both = _by_row(there, found, len(y)) + _by_row(said, found, len(y))
        yield _by_row(there & said, found, len(y)), both


def _by_row(counted: np.ndarray, found: Places, n_rows: int) -> np.ndarray:
    return np.bincount(found.row[counted], minlength=n_rows).astype(float)


def confusion(y: pd.Series, answers: pd.DataFrame) -> pd.DataFrame:
    """Return how many words of each tag (rows) were given each (columns)."""
    found = places(y, answers)
    n_tags = len(found.names)
    counts = sparse.coo_matrix(
        (np.ones(len(found.row), dtype=int), (found.truth, found.said)), (n_tags, n_tags)
    )
    return pd.DataFrame(counts.toarray(), index=found.names, columns=found.names)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "Accuracy", True, _share(lambda p: np.ones(len(p.row), dtype=bool))),
        Metric("unseen_accuracy", "Accuracy on unseen words", True, _share(lambda p: ~p.known)),
        Metric("sentence_accuracy", "Sentences without error", True, sentence_accuracy),
        Metric("macro_f1", "F1, mean over tags", True, macro_f1),
    )
}
