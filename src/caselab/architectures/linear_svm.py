"""Linear support vector machine with calibrated probabilities, for many features and sparse ones."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import PositiveFloat, PositiveInt
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC
from sklearn.utils import Tags
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from caselab.params.search import Between

FOLDS = 2
PENALTY = 1e-3
"""On the squared shifts, which have one number too many, and are without bounds where rows are few."""


def classification(
    *,
    C: Annotated[PositiveFloat, Between(0.001, 100.0, log=True)] = 1.0,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    max_iter: PositiveInt = 2000,
    random_state: int,
) -> "LinearSVM":
    """Fit one margin per class against the rest; `C` is the inverse of the penalty.

    Rows weigh by `class_weight`; LIBLINEAR ends after `max_iter` rounds at the latest.

    Source: Joachims (1998), Text categorization with support vector machines; Fan, Chang, Hsieh,
    Wang and Lin (2008), LIBLINEAR; Platt (1999) for the probabilities.
    """
    return LinearSVM(C=C, class_weight=class_weight, max_iter=max_iter, random_state=random_state)


class LinearSVM(ClassifierMixin, BaseEstimator):
    """LIBLINEAR's machine, and on its out-of-fold margins the slope that makes them probabilities.

    A class's probability is the softmax of `slope_` times its margin plus `shift_`: with two classes
    Platt's sigmoid, with more its multinomial form, which leaves classes in the order of their
    margins where the shifts are alike. These few numbers see every row, so two folds suffice.

    Attributes:
        coef_: `(n_classes, n_features)`, of the second class alone where there are two.
        intercept_: one a row of `coef_`.
        slope_, shift_: of the margins; one number, and one a class.
    """

    def __init__(
        self,
        *,
        C: float = 1.0,
        class_weight: Any = None,
        max_iter: int = 2000,
        random_state: int | None = None,
    ):
        self.C = C
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the machine and its probabilities; `X` is `(n_samples, n_features)`, sparse or not."""
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float64)
        check_classification_targets(y)
        machine = LinearSVC(
            C=self.C,
            class_weight=self.class_weight,
            max_iter=self.max_iter,
            random_state=self.random_state,
        ).fit(X, y)
        self.classes_ = machine.classes_
        self.coef_, self.intercept_ = machine.coef_, machine.intercept_
        self.n_iter_ = machine.n_iter_
        self.slope_, self.shift_ = _calibrated(machine, X, y)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities `(n_samples, n_classes)`."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)
        margins = safe_sparse_dot(X, self.coef_.T, dense_output=True) + self.intercept_
        return softmax(self.slope_ * _of_each_class(margins) + self.shift_, axis=1)

    def predict(self, X: Any) -> np.ndarray:
        """Return the likeliest class of each row."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _calibrated(machine: LinearSVC, X: Any, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the slope and shifts under which margins of rows that were held out are likeliest.

    A class of one row is never held out. Where that leaves nothing, the margins stay as they are.
    """
    classes, label, counts = np.unique(y, return_inverse=True, return_counts=True)
    rows = np.flatnonzero(counts[label] >= FOLDS)
    if not len(rows):
        return 1.0, np.zeros(len(classes))
    margins = np.zeros((len(rows), len(classes)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=machine.random_state)
    for _, held in folds.split(rows, label[rows]):
        learn = np.setdiff1d(np.arange(len(y)), rows[held])
        fitted = clone(machine).fit(X[learn], y[learn])
        margins[held] = _of_each_class(fitted.decision_function(X[rows[held]]))
    truth = label[rows]

    def loss(numbers: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the mean surprise, with a small penalty on shifts, and its gradient."""
        slope, shift = np.exp(numbers[0]), numbers[1:]
        scores = slope * margins + shift
        surprise = -log_softmax(scores, axis=1)[np.arange(len(truth)), truth].mean()
        error = softmax(scores, axis=1)
        error[np.arange(len(truth)), truth] -= 1
        gradient = np.r_[(error * margins).sum(axis=1).mean() * slope, error.mean(axis=0)]
        gradient[1:] += 2 * PENALTY * shift
        return surprise + PENALTY * (shift**2).sum(), gradient

    found = minimize(loss, np.zeros(1 + len(classes)), jac=True, method="L-BFGS-B")
    return float(np.exp(found.x[0])), found.x[1:]


def _of_each_class(margins: np.ndarray) -> np.ndarray:
    """Return one margin a class `(n_samples, n_classes)`; of two classes the second has all."""
    margins = margins.reshape(len(margins), -1)
    return margins if margins.shape[1] > 1 else np.hstack([np.zeros_like(margins), margins])
