"""What texts speak of: the kind `topics`, which have no target.

Answers hold one column per topic, with its share in the text, and the topics' words that the text
holds: see `evaluation/metrics/topics.py`. A champion makes sense: it tells of a new text what it
speaks of. Perplexity is not among the metrics, as it is no measure for models that give no
probability of a text, and does not go with what people find coherent (Chang et al., 2009).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from caselab.errors import UserError
from caselab.evaluation.metrics.topics import BETWEEN, HELD, METRICS, name_topic, shares, topics
from caselab.grouping.topic_coherence import top_terms
from caselab.grouping.topics import TOP_WORDS
from caselab.problems import Problem
from caselab.storage.rows import Inputs

NAMED_BY = 3
"""The words that stand for a topic in a decision."""
NO_TOPIC = "none"
LEAST_TEXTS = 2


def check(parts: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Refuse a part with fewer texts than words can meet in.

    Raises:
        UserError: a part has one text or none.
    """
    for name, mask in parts.items():
        if mask.sum() < LEAST_TEXTS:
            raise UserError(
                f"The part {name!r} has {int(mask.sum())} texts, and topics are judged by words "
                "that meet in several; add rows, or change the case's split or validation."
            )
    return {}


def answer(estimator: Pipeline, X: Inputs) -> pd.DataFrame:
    """Return the share of each topic in each text, and the topics' words that it holds."""
    represented, model = estimator[:-1], estimator[-1]
    counts = represented.transform(X)
    terms = np.asarray(represented.get_feature_names_out())
    found = top_terms(model.components_, TOP_WORDS)
    answers = pd.DataFrame(
        np.asarray(model.transform(counts), dtype=np.float64),
        columns=[name_topic(place, terms[words]) for place, words in enumerate(found)],
    )
    asked = np.unique(found)
    holds = counts.tocsc()[:, asked].tocsr()
    held = np.split(terms[asked[holds.indices]], holds.indptr[1:-1])
    return answers.assign(**{HELD: [BETWEEN.join(sorted(each)) for each in held]})


def decide(answers: pd.DataFrame) -> pd.Series:
    """Return the first words of the topic with the greatest share; `none` where all are alike."""
    names = np.array([BETWEEN.join(words[:NAMED_BY]) for words in topics(answers).values()])
    share = np.nan_to_num(shares(answers))
    alike = share.max(axis=1) - share.min(axis=1) < 1e-9
    return pd.Series(np.where(alike, NO_TOPIC, names[share.argmax(axis=1)]), dtype=object)


def scored(answers: pd.DataFrame) -> pd.DataFrame:
    """Leave out topics of another fold's fit, which have no share here."""
    return answers.dropna(axis="columns", how="all")


problem = Problem(
    metrics=METRICS,
    answer=answer,
    decide=decide,
    check=check,
    scored=scored,
    resample=("group", "row"),
    plots=("themes.topics", "themes.over_time", "themes.number", "learning.learning_curve"),
)
