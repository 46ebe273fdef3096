"""Gradient-boosted trees (XGBoost), with early stopping on rows that are held out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import xgboost
from annotated_types import Interval
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from caselab.forecasting.forecasters import PooledForecaster
from caselab.learning.validation import evened, hold_out, resampled
from caselab.params.search import Between


def classification(
    *,
    n_estimators: PositiveInt = 2000,
    learning_rate: Annotated[float, Interval(gt=0, le=1), Between(0.01, 0.3, log=True)] = 0.03,
    max_depth: Annotated[PositiveInt, Between(2, 8)] = 3,
    min_child_weight: Annotated[NonNegativeFloat, Between(1.0, 50.0, log=True)] = 5.0,
    subsample: Annotated[float, Interval(gt=0, le=1), Between(0.5, 1.0)] = 0.8,
    colsample_bytree: Annotated[float, Interval(gt=0, le=1), Between(0.3, 1.0)] = 0.5,
    reg_lambda: Annotated[NonNegativeFloat, Between(0.01, 100.0, log=True)] = 1.0,
    reg_alpha: NonNegativeFloat = 0.0,
    max_bin: Annotated[int, Interval(ge=2)] = 256,
    validation_fraction: Annotated[float, Interval(ge=0, lt=1)] = 0.1,
    n_iter_no_change: PositiveInt = 100,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    random_state: int,
    n_jobs: int,
) -> "BoostedTreesClassifier":
    """Boost trees on the log loss; `max_bin` is how finely a feature's values are told apart.

    Source: Chen and Guestrin (2016), XGBoost: a scalable tree boosting system, KDD.
    """
    return BoostedTreesClassifier(**locals())  # all are its own


def regression(
    *,
    n_estimators: PositiveInt = 2000,
    learning_rate: Annotated[float, Interval(gt=0, le=1), Between(0.01, 0.3, log=True)] = 0.03,
    max_depth: Annotated[PositiveInt, Between(2, 8)] = 5,
    min_child_weight: Annotated[NonNegativeFloat, Between(1.0, 50.0, log=True)] = 5.0,
    subsample: Annotated[float, Interval(gt=0, le=1), Between(0.5, 1.0)] = 0.8,
    colsample_bytree: Annotated[float, Interval(gt=0, le=1), Between(0.3, 1.0)] = 0.5,
    reg_lambda: Annotated[NonNegativeFloat, Between(0.01, 100.0, log=True)] = 1.0,
    reg_alpha: NonNegativeFloat = 0.0,
    max_bin: Annotated[int, Interval(ge=2)] = 256,
    validation_fraction: Annotated[float, Interval(ge=0, lt=1)] = 0.1,
    n_iter_no_change: PositiveInt = 100,
    random_state: int,
    n_jobs: int,
) -> "BoostedTreesRegressor":
    """Boost trees on the squared error; `max_bin` is how finely a feature's values are told apart.

    Source: Chen and Guestrin (2016), XGBoost: a scalable tree boosting system, KDD.
    """
    return BoostedTreesRegressor(**locals())  # all are its own


def forecasting(
    *,
    n_estimators: PositiveInt = 2000,
    learning_rate: Annotated[float, Interval(gt=0, le=1), Between(0.01, 0.3, log=True)] = 0.03,
    max_depth: Annotated[PositiveInt, Between(2, 8)] = 5,
    min_child_weight: Annotated[NonNegativeFloat, Between(1.0, 50.0, log=True)] = 20.0,
    subsample: Annotated[float, Interval(gt=0, le=1), Between(0.5, 1.0)] = 0.8,
    colsample_bytree: Annotated[float, Interval(gt=0, le=1), Between(0.3, 1.0)] = 0.5,
    validation_fraction: Annotated[float, Interval(ge=0, lt=1)] = 0.1,
    n_iter_no_change: PositiveInt = 100,
    random_state: int,
    n_jobs: int,
) -> PooledForecaster:
    """Boost trees that see a moment of the horizon with its lags: one model for all moments.

    Source: Januschowski and others (2022), Forecasting with trees, International Journal of
    Forecasting 38 (4).
    """
    return PooledForecaster(BoostedTreesRegressor(**locals()))  # all are the regressor's own


@dataclass(eq=False, kw_only=True, repr=False)  # an estimator's own repr is scikit-learn's
class _BoostedTrees(BaseEstimator):
    """What classifier and regressor share: growing, stopping, and being stored.

    Args:
        n_estimators: trees at most.
        learning_rate: what each tree's answer is multiplied by.
        max_depth: of a tree.
        min_child_weight: least sum of second derivatives in a leaf; rows, for the squared error.
        subsample: share of the rows that a tree sees.
        colsample_bytree: share of the features that a tree sees.
        reg_lambda: penalty on the squares of leaves' answers.
        reg_alpha: penalty on their sizes.
        max_bin: how many values of a feature are told apart.
        validation_fraction: share of the rows that is held out; 0 grows all trees.
        n_iter_no_change: trees without a better answer for them, after which growing stops.
        class_weight: what the rows of a class weigh, for the classifier.
        random_state: of the rows and features that are drawn.
        n_jobs: threads.

    Fitted: `booster_`, cut to its best round; `history_`, one dict a round.
    """

    n_estimators: int = 100
    learning_rate: float = 0.1
    max_depth: int = 3
    min_child_weight: float = 1.0
    subsample: float = 1.0
    colsample_bytree: float = 1.0
    reg_lambda: float = 1.0
    reg_alpha: float = 0.0
    max_bin: int = 256
    validation_fraction: float = 0.1
    n_iter_no_change: int = 50
    random_state: int | None = None
    n_jobs: int | None = None

    state_suffix: ClassVar[str] = ".ubj"
    step: ClassVar[str] = "round"
    """What `history_` has one line of."""

    @property
    def best_epoch_(self) -> int:
        """The number of the round that was taken, from 1: all the trees that answer."""
        check_is_fitted(self, "booster_")
        return int(self.booster_.num_boosted_rounds())

    def detach_state(self) -> bytes | None:
        """Give up the booster, in XGBoost's own format."""
        if not hasattr(self, "booster_"):
            return None
        state = bytes(self.booster_.save_raw("ubj"))
        del self.booster_
        return state

    def attach_state(self, state: bytes) -> None:
        """Take the booster back."""
        self.booster_ = xgboost.Booster({"nthread": self.n_jobs or 1}, model_file=bytearray(state))

    @property
    def feature_importances_(self) -> np.ndarray:
        """Share of each feature in the gain of all splits, `(n_features,)`."""
        check_is_fitted(self, "booster_")
        gains = self.booster_.get_score(importance_type="total_gain")
        gain = np.array([gains.get(f"f{i}", 0.0) for i in range(self.n_features_in_)])
        return gain / (gain.sum() or 1.0)

    def _boost(
        self,
        X: np.ndarray,
        y: np.ndarray,
        classes: np.ndarray | None,
        objective: dict[str, Any],
        weight: np.ndarray | None = None,  # (n_classes,)
        sampler: Any = None,
        times: np.ndarray | None = None,  # (n_samples,)
    ) -> None:
        random = check_random_state(self.random_state)
        seed = random.randint(2**31 - 1)
        learn, held = hold_out(len(X), self.validation_fraction, seed, classes, times=times)
        if sampler is not None and classes is not None:
            held = held[evened(classes[held])]
        parts = {"train": resampled(sampler, X[learn], y[learn])}
        if len(held):
            parts["validation"] = X[held], y[held]
        data = {
            name: xgboost.DMatrix(
                rows,
                target,
                weight=None if weight is None else weight[target],
                nthread=self.n_jobs,
            )
            for name, (rows, target) in parts.items()
        }
        results: dict[str, dict[str, list[float]]] = {}
        booster = xgboost.train(
            {
                "learning_rate": self.learning_rate,
                "max_depth": self.max_depth,
                "min_child_weight": self.min_child_weight,
                "subsample": self.subsample,
                "colsample_bytree": self.colsample_bytree,
                "reg_lambda": self.reg_lambda,
                "reg_alpha": self.reg_alpha,
                "max_bin": self.max_bin,
                "seed": random.randint(2**31 - 1),
                "nthread": self.n_jobs or 1,
                "verbosity": 0,
                **objective,
            },
            data["train"],
            num_boost_round=self.n_estimators,
            evals=[(matrix, name) for name, matrix in data.items()],
            early_stopping_rounds=self.n_iter_no_change if "validation" in data else None,
            evals_result=results,
            verbose_eval=False,
        )
        if "validation" in data:
            booster = booster[: booster.best_iteration + 1]
        self.booster_ = booster
        self.history_ = _epochs(results)

    def _answer(self, X: np.ndarray) -> np.ndarray:
        check_is_fitted(self, "booster_")
        X = validate_data(self, X, reset=False, dtype=np.float32, ensure_all_finite="allow-nan")
        return self.booster_.predict(xgboost.DMatrix(X, nthread=self.n_jobs))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


@dataclass(eq=False, kw_only=True, repr=False)
class BoostedTreesClassifier(ClassifierMixin, _BoostedTrees):
    """Boosted trees for two or more classes with labels of any kind."""

    class_weight: str | Mapping[Any, float] | None = None
    sampler: Any = None

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Boost on all rows but a stratified `validation_fraction`, which says when to stop."""
        X, y = validate_data(self, X, y, dtype=np.float32, ensure_all_finite="allow-nan")
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"cannot tell classes apart where there is one class: {self.classes_}")
        weight = None
        if self.class_weight:
            _, seen = resampled(self.sampler, np.arange(len(y), dtype=float), y)
            weight = compute_class_weight(self.class_weight, classes=self.classes_, y=seen)
        if len(self.classes_) == 2:
            objective: dict[str, Any] = {"objective": "binary:logistic", "eval_metric": "logloss"}
        else:
            objective = {
                "objective": "multi:softprob",
                "eval_metric": "mlogloss",
                "num_class": len(self.classes_),
            }
        self._boost(X, labels, labels, objective, weight, self.sampler)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return probabilities `(n_samples, n_classes)`."""
        answers = self._answer(X)
        return np.column_stack([1 - answers, answers]) if answers.ndim == 1 else answers

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the likeliest class of each row."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]


class BoostedTreesRegressor(RegressorMixin, _BoostedTrees):
    """Boosted trees for a number."""

    def fit(self, X: np.ndarray, y: np.ndarray, *, times: np.ndarray | None = None) -> Self:
        """Boost on all rows but a `validation_fraction`, which says when to stop.

        `times` (n_samples,) are of rows that somebody has made: the last ones are held out.
        """
        X, y = validate_data(
            self, X, y, dtype=np.float32, ensure_all_finite="allow-nan", y_numeric=True
        )
        self._boost(
            X, y, None, {"objective": "reg:squarederror", "eval_metric": "rmse"}, times=times
        )
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the expected number of each row, `(n_samples,)`."""
        return self._answer(X).astype(np.float64)


def _epochs(results: dict[str, dict[str, list[float]]]) -> list[dict[str, float]]:
    """Turn XGBoost's lists by part into one dict a round, named as a network's epochs are."""
    losses = {f"{part}_loss": next(iter(metrics.values())) for part, metrics in results.items()}
    return [
        {"epoch": number, **dict(zip(losses, values, strict=True))}
        for number, values in enumerate(zip(*losses.values(), strict=True), start=1)
    ]
