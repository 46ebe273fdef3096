"""fastText: word2vec whose words are the sum of n-grams of their letters, so that any word has a vector."""

from typing import Annotated, Literal

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from caselab.params.search import Between
from caselab.sequences.neural_words import SubwordWords


def vectors(
    *,
    algorithm: Literal["cbow", "skip_gram"] = "skip_gram",
    output: Literal["negative_sampling", "hierarchical_softmax"] = "negative_sampling",
    embedding_dim: PositiveInt = 100,
    window: Annotated[PositiveInt, Between(2, 10)] = 5,
    n_negatives: PositiveInt = 5,
    least: PositiveInt = 5,
    subsample: Annotated[NonNegativeFloat, Between(1e-5, 1e-3, log=True)] = 1e-3,
    epochs: PositiveInt = 5,
    learning_rate: Annotated[PositiveFloat, Between(0.01, 0.1, log=True)] = 0.025,
    shortest: PositiveInt = 3,
    longest: PositiveInt = 6,
    n_buckets: PositiveInt = 50_000,
    random_state: int,
) -> SubwordWords:
    """Return vectors that gensim learns.

    Source: Bojanowski, Grave, Joulin and Mikolov (2017), Enriching word vectors with subword
    information, TACL 5.
    """
    return SubwordWords(**locals())  # all are its own
