"""A tag for each word of a sentence: the kind `tagging`.

Answers hold the `words` of a sentence and its `tags`, between spaces, and in `known` for each word a 1
where it stood in training and a 0 where it did not. The target is as many tags between spaces. The
pipeline's first step tells which words it knows (`features.steps.known_words`).
"""

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from caselab.errors import UserError
from caselab.evaluation.metrics.tagging import KNOWN, METRICS, TAGS, WORDS
from caselab.problems import Problem
from caselab.storage.rows import Inputs

MOST_TAGS = 200


def answer(estimator: Pipeline, X: Inputs) -> pd.DataFrame:
    """Return the words of each sentence, their tags, and which of them are known."""
    sentences = estimator[:-1].transform(X)
    tags = estimator[-1].predict(sentences)
    known = estimator[0].known(X)
    return pd.DataFrame(
        {
            WORDS: [str(sentence) for sentence in sentences.ravel()],
            TAGS: [" ".join(row) for row in tags],
            KNOWN: ["".join("01"[each] for each in row) for row in known],
        }
    )


def decide(answers: pd.DataFrame) -> pd.Series:
    """Return each sentence with the tag of each word behind it: `The/DET dog/NOUN`."""
    rows = zip(answers[WORDS], answers[TAGS], strict=True)
    decided = [
        " ".join(f"{word}/{tag}" for word, tag in zip(words.split(), tags.split(), strict=True))
        for words, tags in rows
    ]
    return pd.Series(decided, index=answers.index, dtype=object)


def check(y: pd.Series, parts: dict[str, np.ndarray]) -> dict[str, dict[str, dict[str, int]]]:
    """Return how often each tag comes in the whole and in each part.

    Raises:
        UserError: there is one tag alone, or more than a set of tags can have.
    """
    split = y.map(str.split)
    tags = split.explode()
    totals = tags.value_counts().sort_index()
    if not 1 < len(totals) <= MOST_TAGS:
        raise UserError(
            f"The target {y.name!r} holds {len(totals):,} different tags, of which 2 to {MOST_TAGS} "
            "can be told apart; give one tag for each word, between spaces, of a set of tags."
        )
    found = {"whole": {str(tag): int(count) for tag, count in totals.items()}}
    for part, mask in parts.items():
        counts = split[mask].explode().value_counts().reindex(totals.index, fill_value=0)
        found[part] = {str(tag): int(count) for tag, count in counts.items()}
    return {"tags": found}


problem = Problem(
    target="sequence",
    metrics=METRICS,
    answer=answer,
    decide=decide,
    check=check,
    plots=("tagged.confused", "tagged.accuracies", "learning.learning_curve", "learning.epochs"),
)
