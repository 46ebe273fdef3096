"""Metrics of language models: how surprised they are by texts, word by word and letter by letter.

Answers hold the log-probability of each text, in nats, and its words and characters, the end among
both. So models compare whatever their tokens are.
"""

from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation.metrics import Metric, mean

LOG_PROBABILITY, WORDS, CHARACTERS = "log_probability", "words", "characters"


def perplexity(answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the number of equally likely words that would surprise as much, word by word.

    Source: Jelinek, Mercer, Bahl and Baker (1977), Perplexity: a measure of the difficulty of speech
    recognition tasks.
    """
    return _number(np.exp(_nats(answers, WORDS, weights).clip(max=700)))


def bits_per_character(answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the bits that a character costs."""
    return _number(_nats(answers, CHARACTERS, weights) / np.log(2))


def _nats(answers: pd.DataFrame, unit: str, weights: np.ndarray | None) -> np.ndarray:
    nats = mean(-answers[LOG_PROBABILITY].to_numpy(), weights)
    return np.asarray(nats / mean(answers[unit].to_numpy(dtype=float), weights))


def _number(found: np.ndarray) -> Any:
    return found if found.ndim else float(found)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("perplexity", "Perplexity of a word", False, perplexity, (1.0, np.inf)),
        Metric(
            "bits_per_character", "Bits of a character", False, bits_per_character, (0.0, np.inf)
        ),
    )
}
