"""Metrics of topics: do their words keep company, and are they different words.

Answers have one column per topic, named by its place and its weightiest words
(`1: bank · currency · gold`), with the topic's share in each text; and `words`, those of all the
topics' words that the text holds. So topics are judged in the texts that were asked.
"""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from caselab.evaluation.metrics import Metric
from caselab.grouping.topic_coherence import topic_coherence

HELD = "words"
"""The column of the words that a text holds."""

BETWEEN = " · "
_TOPIC = re.compile(r"\d+: ")


def name_topic(place: int, words: Iterable[str]) -> str:
    """Return the name of a topic's column; places begin at 0, names at 1."""
    return f"{place + 1}: {BETWEEN.join(words)}"


def topics(answers: pd.DataFrame) -> dict[str, list[str]]:
    """Return the words of each topic, weightiest first, by the name of its column."""
    names = [str(name) for name in answers.columns if _TOPIC.match(str(name))]
    return {name: name.partition(": ")[2].split(BETWEEN) for name in names}


def shares(answers: pd.DataFrame) -> np.ndarray:
    """Return each topic's share in each text, `(n_samples, n_topics)`."""
    return answers[list(topics(answers))].to_numpy(dtype=np.float64)


def coherence(answers: pd.DataFrame, weights: np.ndarray | None = None) -> np.ndarray:
    """Return each topic's NPMI in these texts, `(n_topics,)` or `(n_resamples, n_topics)`."""
    of_topics = topics(answers)
    place = {word: i for i, word in enumerate(sorted({w for t in of_topics.values() for w in t}))}
    held = [
        [place[word] for word in words.split(BETWEEN) if word in place]
        for words in answers[HELD].fillna("")
    ]
    rows = np.repeat(np.arange(len(held)), [len(words) for words in held])
    columns = np.array([word for words in held for word in words], dtype=int)
    shape = (len(held), len(place))
    holds = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape)
    return topic_coherence(holds, [[place[w] for w in t] for t in of_topics.values()], weights)


def npmi(
    answers: pd.DataFrame,
    weights: np.ndarray | None = None,
) -> Any:
    """Return the mean over the topics of how much their words keep company.

    A resample holds fewer different texts than there are, so in it more rare words never meet, and
    its NPMI is too low: by how much the resamples' mean lies below that of the texts themselves,
    which is the bootstrap's estimate of bias (Efron and Tibshirani, 1993, chapter 10). Where
    several resamples are scored, it is taken from all of them.
    """
    if weights is None or weights.ndim == 1:
        return float(coherence(answers, weights).mean())
    means = coherence(answers, weights).mean(axis=1)
    return means - (means.mean() - coherence(answers).mean())


def diversity(
    answers: pd.DataFrame,
    weights: np.ndarray | None = None,
) -> Any:
    """Return the share of different words among the words of all topics (Dieng et al., 2020)."""
    words = [word for of_topic in topics(answers).values() for word in of_topic]
    share = len({*words}) / len(words)
    return np.full(len(weights), share) if weights is not None and weights.ndim == 2 else share


METRICS = {
    metric.name: metric
    for metric in (
        Metric("npmi", "Coherence (NPMI)", True, npmi, (-1.0, 1.0)),
        Metric("diversity", "Topic diversity", True, diversity),
    )
}
