"""One-class support vector machine: a surface around most rows, outside of which the odd ones lie."""

from typing import Annotated

from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import SGDOneClassSVM
from sklearn.pipeline import make_pipeline
from sklearn.svm import OneClassSVM

from caselab.grouping.detectors import Detector
from caselab.params.search import Between


def anomalies(
    *,
    nu: Annotated[float, Interval(gt=0, le=1), Between(0.01, 0.5, log=True)] = 0.5,
    gamma: Annotated[PositiveFloat, Between(0.001, 1.0, log=True)] = 0.1,
    n_components: PositiveInt | None = 100,
    random_state: int,
) -> Detector:
    """Part rows from the origin, at most a share `nu` of them on the wrong side.

    The kernel is that of Gauss, exp(-gamma d²). It is taken against `n_components` training rows
    (Nyström's approximation) and the surface found by stochastic gradients, in time that grows with
    the rows; with `n_components` null against all of them, in time that grows with their square.

    Source: Schölkopf, Platt, Shawe-Taylor, Smola and Williamson (2001), Estimating the support of a
    high-dimensional distribution; Williams and Seeger (2001), Using the Nyström method.
    """
    if n_components is None:
        return Detector(OneClassSVM(nu=nu, gamma=gamma), random_state)
    kernel = Nystroem(gamma=gamma, n_components=n_components, random_state=random_state)
    machine = SGDOneClassSVM(nu=nu, random_state=random_state)
    return Detector(make_pipeline(kernel, machine), random_state)
