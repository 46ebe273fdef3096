"""word2vec: vectors from which a word can be guessed from those around it, or those from the word."""

from typing import Annotated, Literal

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from caselab.params.search import Between
from caselab.sequences.neural_words import NeuralWords


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
    random_state: int,
) -> NeuralWords:
    """Return vectors that gensim learns.

    Source: Mikolov, Chen, Corrado and Dean (2013), Efficient estimation of word representations in
    vector space; Mikolov, Sutskever, Chen, Corrado and Dean (2013), Distributed representations of
    words and phrases and their compositionality.
    """
    return NeuralWords(**locals())  # all are its own
