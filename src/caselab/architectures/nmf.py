"""Non-negative matrix factorization: a text is a sum of topics, a topic a sum of words."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import NonNegativeFloat, PositiveInt
from sklearn.decomposition import NMF

from caselab.grouping.topics import TopicModel
from caselab.params.search import OneOf


def topics(
    *,
    n_topics: PositiveInt | Literal["auto"] = "auto",
    candidates: tuple[PositiveInt, ...] = (10, 15, 20, 25, 30),
    l1_ratio: Annotated[float, Interval(ge=0, le=1), OneOf(0.0, 0.5)] = 0.0,
    penalty: Annotated[NonNegativeFloat, OneOf(0.0, 0.00001, 0.0001)] = 0.0,
    max_iter: PositiveInt = 400,
    validation_fraction: Annotated[float, Interval(gt=0, lt=1)] = 0.2,
    random_state: int,
) -> TopicModel:
    """Return topics whose products with texts come nearest to the terms' weights.

    Suits TF-IDF. `auto` takes of `candidates` the number with the most coherent topics in held-out
    texts. `penalty` makes weights smaller, `l1_ratio` is the lasso's share of it.

    Source: Lee and Seung (1999), Learning the parts of objects by non-negative matrix
    factorization, Nature 401.
    """
    model = NMF(init="nndsvd", alpha_W=penalty, l1_ratio=l1_ratio, max_iter=max_iter, tol=1e-3)
    return TopicModel(model, n_topics, candidates, validation_fraction, random_state)
