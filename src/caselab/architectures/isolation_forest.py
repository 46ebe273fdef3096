"""Isolation forest: odd rows are those that few random cuts set apart from all others."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import PositiveInt
from sklearn.ensemble import IsolationForest

from caselab.grouping.detectors import Detector
from caselab.params.search import OneOf


def anomalies(
    *,
    n_estimators: Annotated[PositiveInt, OneOf(100, 300)] = 100,
    max_samples: Annotated[
        PositiveInt | Annotated[float, Interval(gt=0, lt=1)] | Literal["auto"],
        OneOf("auto", 0.05, 0.2, 0.5),
    ] = "auto",
    max_features: Annotated[float, Interval(gt=0, le=1), OneOf(0.5, 0.75, 1.0)] = 1.0,
    random_state: int,
    n_jobs: int,
) -> Detector:
    """Grow `n_estimators` trees of random cuts, each on `max_samples` rows.

    `max_samples` is a number of rows, or a share of them; `auto` takes 256. Each tree sees the share
    `max_features` of the features.

    Source: Liu, Ting and Zhou (2008), Isolation forest, ICDM.
    """
    forest = IsolationForest(
        n_estimators=n_estimators,
        max_samples=max_samples,
        max_features=max_features,
        random_state=random_state,
        n_jobs=n_jobs,
    )
    return Detector(forest, random_state)
