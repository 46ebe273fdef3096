"""Which words are alike: the kind `vectors`, whose estimators learn a vector of each word from texts.

Answers hold what was asked of each row's words, the cosine of two words, the words nearest to all of
them together (or, of an analogy, to b - a + c, without these three), and which share of them has a
vector: see `evaluation/metrics/vectors.py`. The target, what people say of pairs, only judges. The
estimator's last step is a `sequences.words.WordModel`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pydantic import PositiveInt
from scipy import sparse
from sklearn.pipeline import Pipeline

from caselab.errors import UserError
from caselab.evaluation.metrics.vectors import (
    ANALOGY,
    ASKED,
    COSINE,
    KNOWN,
    METRICS,
    NEAREST,
    PAIRS,
    SOLVED,
)
from caselab.problems import Problem
from caselab.sequences.words import MOST_WORDS, WordModel, cosines
from caselab.storage.rows import Inputs

ANALOGY_SIGNS = (-1.0, 1.0, 1.0)
"""Of a, b and c, where d is to c as b is to a."""


@dataclass(frozen=True)
class Options:
    """What a question may say beside its words."""

    nearest: PositiveInt = 5
    """How many near words are told."""


def answer(estimator: Pipeline, X: Inputs) -> pd.DataFrame:
    """Return how each row's words compare, and which are near."""
    return ask(estimator, X, Options())


def ask(estimator: Pipeline, X: Inputs, options: Options) -> pd.DataFrame:
    """Return it, with as many near words as the question says."""
    model: WordModel = estimator[-1]
    rows = [(_question(text), str(asked)) for text, asked in estimator[:-1].transform(X)]
    distinct = list(dict.fromkeys(word for words, _ in rows for word in words))
    place = {word: number for number, word in enumerate(distinct)}
    directions = model.directions(distinct)
    known = {word for word in distinct if model.knows(word)}

    signs = [_signs(words, asked, known) for words, asked in rows]
    queries = _chosen(signs, place) @ directions
    given = [words[:3] if asked == ANALOGY else words for words, asked in rows]
    near = model.nearest(queries, given, options.nearest)
    pairs = [words if asked != ANALOGY and len(words) == 2 else [] for words, asked in rows]
    one, other = (
        _chosen([{pair[side]: 1.0} if pair else {} for pair in pairs], place) @ directions
        for side in (0, 1)
    )
    return pd.DataFrame(
        {
            ASKED: [asked for _, asked in rows],
            COSINE: cosines(one, other),
            SOLVED: [
                float(asked == ANALOGY and [word for word, _ in found[:1]] == words[3:4] != [])
                for (words, asked), found in zip(rows, near, strict=True)
            ],
            KNOWN: [sum(word in known for word in words) / max(1, len(words)) for words, _ in rows],
            NEAREST: [
                ", ".join(f"{word} {cosine:.2f}" for word, cosine in found) for found in near
            ],
        }
    )


def decide(answers: pd.DataFrame) -> pd.Series:
    """Return the cosine of two words that are compared, and else the near words."""
    near = answers[NEAREST].str.replace(r" \d\.\d\d(?=,|$)", "", regex=True)
    told = near.mask(near == "", "no word is near")
    return told.mask(answers[ASKED].isin(PAIRS), answers[COSINE].map("{:.2f}".format))


def check(
    parts: Mapping[str, np.ndarray], X: pd.DataFrame | None = None
) -> dict[str, dict[str, dict[str, int]]]:
    """Return how many texts each part has to learn from, and how many questions of each kind.

    Raises:
        UserError: nothing is left to learn from.
    """
    if X is None:
        return {}
    asked = X["asked"] if "asked" in X else pd.Series("", index=X.index)
    kinds = asked.where(asked.notna() & (asked != ""), "texts")
    if not (kinds[parts["train"]] == "texts").any():
        raise UserError(
            "Of every row of train something is asked, and words are learned from the others; add "
            "texts."
        )
    return {
        "asked": {
            part: {str(kind): int(n) for kind, n in kinds[mask].value_counts().items()}
            for part, mask in parts.items()
        }
    }


def _question(text: str) -> list[str]:
    """Return the words of a text, of one that is too long for a question none."""
    words = text.split()
    return words if len(words) <= MOST_WORDS else []


def _signs(words: Sequence[str], asked: str, known: set[str]) -> dict[str, float]:
    """Return with which sign words add up to what near ones are looked for."""
    if asked == ANALOGY:
        given = words[:3]
        if len(words) not in (3, 4) or not known.issuperset(given):
            return {}
        signs = dict.fromkeys(given, 0.0)
        for word, sign in zip(given, ANALOGY_SIGNS, strict=True):
            signs[word] += sign
        return signs
    return dict.fromkeys(words, 1.0)


def _chosen(weights: Sequence[Mapping[str, float]], place: Mapping[str, int]) -> sparse.csr_matrix:
    """Return weights of words as a matrix (n_rows, n_words)."""
    rows = [row for row, of_row in enumerate(weights) for _ in of_row]
    columns = [place[word] for of_row in weights for word in of_row]
    values = [weight for of_row in weights for weight in of_row.values()]
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(weights), len(place)))


def learnable(part: Any) -> bool:
    """Tell that texts without any target are enough."""
    del part
    return True


problem = Problem(
    target="numbers",
    supervised=False,
    metrics=METRICS,
    answer=answer,
    decide=decide,
    check=check,
    learnable=learnable,
    ask=ask,
    options=Options,
    baseline_architecture="one_hot",
    resample=("row",),
    plots=("vectors.pairs", "vectors.analogies", "vectors.map", "learning.epochs"),
)
