"""Implicit ALS: factors of interactions, by weighted alternating least squares."""

from pydantic import NonNegativeFloat, PositiveInt

from caselab.recommending.recommenders import Ranker
from caselab.recommending.weighted_factors import WeightedFactors


def ranking(
    *,
    n_factors: PositiveInt = 24,
    regularization: NonNegativeFloat = 10.0,
    alpha: NonNegativeFloat = 2.0,
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
