"""How texts go on: the kind `language`, whose rows are texts without a target.

Answers hold the log-probability of each text, in nats, and how many words and characters that is of.
A user is answered with a `continuation` of each text, written as the question says: see
`sequences/decoding.py`. The estimator's last step is a `sequences.language.LanguageModel`.
"""

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from caselab.evaluation.metrics.language import CHARACTERS, LOG_PROBABILITY, METRICS, WORDS
from caselab.problems import Problem
from caselab.sequences.decoding import Strategy
from caselab.sequences.tokenizers import texts_of
from caselab.storage.rows import Inputs

CONTINUATION = "continuation"


def answer(estimator: Pipeline, X: Inputs) -> pd.DataFrame:
    """Return how likely each text is."""
    texts = texts_of(estimator[:-1].transform(X))
    return pd.DataFrame(
        {
            LOG_PROBABILITY: estimator[-1].log_probabilities(texts),
            WORDS: [len(text.split()) + 1 for text in texts],
            CHARACTERS: [len(" ".join(text.split())) + 1 for text in texts],
        }
    )


def ask(estimator: Pipeline, X: Inputs, options: Strategy) -> pd.DataFrame:
    """Return it, and how each text goes on."""
    written = estimator[-1].generate(texts_of(estimator[:-1].transform(X)), options)
    return answer(estimator, X).assign(**{CONTINUATION: pd.Series(written, dtype=object)})


def decide(answers: pd.DataFrame) -> pd.Series:
    """Return how the text goes on; where nothing was written, how surprising it is word by word."""
    if CONTINUATION in answers:
        return answers[CONTINUATION]
    nats = (-answers[LOG_PROBABILITY] / answers[WORDS]).clip(upper=700)
    return nats.map(lambda each: f"perplexity {np.exp(each):.4g}")


problem = Problem(
    metrics=METRICS,
    answer=answer,
    decide=decide,
    ask=ask,
    options=Strategy,
    baseline_architecture="kneser_ney",
    resample=("group", "row"),
    plots=("language.strategies", "learning.learning_curve", "learning.epochs"),
)
