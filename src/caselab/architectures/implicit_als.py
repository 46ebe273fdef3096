"""Implicit ALS: factors of interactions, by weighted alternating least squares."""

from typing import Annotated

from pydantic import NonNegativeFloat, PositiveInt

from caselab.params.search import Between
from caselab.recommending.recommenders import Ranker
from caselab.recommending.weighted_factors import WeightedFactors


def ranking(
    *,
    n_factors: Annotated[PositiveInt, Between(8, 64, log=True)] = 24,
    regularization: Annotated[NonNegativeFloat, Between(0.1, 100.0, log=True)] = 10.0,
    alpha: Annotated[NonNegativeFloat, Between(0.5, 40.0, log=True)] = 2.0,
    n_iterations: PositiveInt = 15,
    random_state: int,
) -> Ranker:
    """Factorize interactions; pairs without one count too, with the least weight.

    Source: Hu, Koren and Volinsky (2008), Collaborative filtering for implicit feedback datasets,
    ICDM.
    """
    return Ranker(
        WeightedFactors(n_factors, regularization, alpha, n_iterations, random_state=random_state)
    )
