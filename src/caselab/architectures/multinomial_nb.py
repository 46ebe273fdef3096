"""Naive Bayes on counts of words."""

from typing import Annotated, Literal

from pydantic import PositiveFloat
from sklearn.naive_bayes import ComplementNB, MultinomialNB

from caselab.params.search import Between, OneOf


def classification(
    *,
    alpha: Annotated[PositiveFloat, Between(0.01, 10.0, log=True)] = 1.0,
    likelihood: Annotated[Literal["class", "complement"], OneOf("class", "complement")] = "class",
    fit_prior: bool = True,
) -> MultinomialNB | ComplementNB:
    """Multiply the likelihoods of a text's words as if they were independent given the class.

    `alpha` is added to the count of each word in each class. With `likelihood:
    complement` it is estimated how unlike all other classes a text is, which suits classes of
    unequal size. Features must not be negative.

    Source: McCallum and Nigam (1998), A comparison of event models for naive Bayes text
    classification; Rennie, Shih, Teevan and Karger (2003) for the complement.
    """
    kinds = {"class": MultinomialNB, "complement": ComplementNB}
    return kinds[likelihood](alpha=alpha, fit_prior=fit_prior)
