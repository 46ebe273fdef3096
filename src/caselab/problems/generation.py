"""Something in, a sentence out: the kind `generation`.

Answers hold the `text` that was written, and its `score`: the mean log-probability of a token, in
nats, or how like the nearest row of training is. A user may say how tokens are chosen: see
`sequences/decoding.py`. The estimator's last step writes: see `sequences/writing.py`.
"""

import pandas as pd
from sklearn.pipeline import Pipeline

from caselab.evaluation.metrics.generation import METRICS, TEXT
from caselab.problems import Problem
from caselab.sequences.decoding import Strategy
from caselab.storage.rows import Inputs


def answer(estimator: Pipeline, X: Inputs) -> pd.DataFrame:
    """Return a sentence for each row, each token the likeliest, and how sure of it the model is."""
    return ask(estimator, X, Strategy())


def ask(estimator: Pipeline, X: Inputs, options: Strategy) -> pd.DataFrame:
    """Return them with tokens chosen as the question says."""
    found = estimator[-1].write(estimator[:-1].transform(X), options)
    return pd.DataFrame({TEXT: pd.Series(found.texts, dtype=object), "score": found.scores})


def decide(answers: pd.DataFrame) -> pd.Series:
    """Return the sentence."""
    return answers[TEXT]


problem = Problem(
    target="text",
    metrics=METRICS,
    answer=answer,
    decide=decide,
    ask=ask,
    options=Strategy,
    baseline_architecture="nearest",
    plots=(
        "written.examples",
        "written.widths",
        "written.looks",
        "captions.pictures",
        "captions.learned",
        "learning.learning_curve",
        "learning.epochs",
    ),
)
