"""Tables: columns built with nothing fitted, then numbers and categories as floats.

What a word of params.yaml does stands in `steps/`, one file a subject; docs/features.md shows each.
"""

from itertools import permutations
from typing import Annotated, Any, Literal, cast

import numpy as np
import pandas as pd
from annotated_types import Interval
from pandas.api.types import (
    is_bool_dtype,
    is_datetime64_any_dtype,
    is_float_dtype,
    is_numeric_dtype,
    is_timedelta64_dtype,
)
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures

from caselab.data.leakage import Neighbours
from caselab.data.targets import Target
from caselab.errors import UserError, unknown
from caselab.features.steps import construction
from caselab.features.steps.construction import DatePart
from caselab.features.steps.encoding import encoder
from caselab.features.steps.imputation import DropMissing, imputer
from caselab.features.steps.outliers import ClipOutliers, Rule, signed_log, without_outliers
from caselab.features.steps.scaling import scaler
from caselab.features.steps.selection import selector
from caselab.params.search import OneOf

plots = ("importance.importance", "importance.shap")


def view(
    records: pd.DataFrame,
    *,
    ratios: bool | tuple[str, ...] = False,
    dates: tuple[DatePart, ...] = ("year", "month", "day", "day_of_week", "hour"),
    texts: tuple[str, ...] = (),
    order: str | None = None,
    group: str | None = None,
    fill: Literal["none", "forward", "backward", "moving_average"] = "none",
    lags: tuple[PositiveInt, ...] = (),
    rolling: tuple[PositiveInt, ...] = (),
    of: tuple[str, ...] = (),
    window: PositiveInt = 3,
    hide: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Return the records as a model may see them, with nothing fitted.

    Row by row: `ratios` gives columns divided by each other, missing where the divisor is zero:
    those named, as `price/area`, or with true each measured amount (a column of floats) by each
    other one. Columns of dates are shown by their parts `dates`, `texts` (free ones, in which
    hardly two are alike) by their length in letters, words, digits, capitals and marks.

    Looking back along the column `order`, within the rows of the same `group`: `fill` puts the last
    known value into a gap (`forward`) or the mean of the `window` rows before (`moving_average`),
    `lags` add the values of so many rows before, and `rolling` the means of so many rows before,
    each of the columns `of`, by default all numbers. `fill: backward` takes the next known value:
    only where a group is known as a whole, such as layers of a borehole by depth, never in time.

    `hide` names columns that are used here and not shown.

    Raises:
        UserError: a column that is named is not there; the past is asked for without `order`;
            `backward` is asked for along dates, or without `group`.
    """
    records = records.rename(columns=str)
    _check(records, order=order, group=group, fill=fill, named=(*texts, *of, *hide))
    if lags or rolling or fill != "none":
        if order is None:
            raise UserError(
                "fill, lags and rolling look at other rows; name the column that orders them "
                "(order: ...) in the view's block."
            )
        records = construction.with_past(records, order, group, fill, lags, rolling, of, window)
    built: dict[str, pd.Series] = {}
    if ratios:
        if isinstance(ratios, bool):
            amounts = [name for name in records.columns if is_float_dtype(records[name])]
            asked = list(permutations(amounts, 2))
        else:
            asked = construction.pairs(records, ratios)
        built |= construction.ratios(records, asked)
    replaced = list(hide)
    for name in records.columns.difference(list(hide), sort=False):
        if is_datetime64_any_dtype(records[name]):
            built |= dict(construction.date_parts(records[name], dates))
        elif is_timedelta64_dtype(records[name]):
            built[f"{name}_days"] = records[name].dt.total_seconds() / 86_400
        elif name in texts:
            built |= dict(construction.text_counts(records[name]))
        else:
            continue
        replaced.append(name)
    if not built and not replaced:
        return records
    shown = records.drop(columns=replaced)
    return pd.concat([shown, pd.DataFrame(built, index=records.index)], axis=1)


def neighbours(
    *,
    order: str | None = None,
    group: str | None = None,
    fill: str = "none",
    **options: Any,
) -> Neighbours | None:
    """Return which other rows a view of these options may look at; None for none."""
    return None if order is None else Neighbours(order, group, ahead=fill == "backward")


def transformer(
    *,
    drop_missing: Annotated[float, Interval(ge=0, lt=1)] | None = None,
    impute: Literal["mean", "median", "mode", "constant", "iterative", "neighbors"] = "median",
    fill_value: float = 0.0,
    indicator: bool = False,
    outliers: Annotated[
        Literal["keep", "clip_iqr", "clip_z_score", "remove_iqr", "remove_z_score", "log"],
        OneOf("keep", "clip_iqr", "log"),
    ] = "keep",
    outlier_limit: PositiveFloat | None = None,
    scale: Literal["standard", "min_max", "robust", "none"] = "standard",
    encode: Annotated[
        Literal["one_hot", "ordinal", "target", "frequency", "hashing"], OneOf("one_hot", "target")
    ] = "one_hot",
    max_categories: PositiveInt = 100,
    hash_columns: PositiveInt = 32,
    degree: Annotated[int, Interval(ge=1, le=3)] = 1,
    interactions: bool = False,
    select: Literal[
        "none",
        "variance",
        "correlation",
        "chi2",
        "anova",
        "mutual_information",
        "recursive",
        "lasso",
        "trees",
    ] = "none",
    keep: Annotated[float, Interval(gt=0, lt=1)] = 0.5,
    min_variance: NonNegativeFloat = 0.0,
    max_correlation: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    target: Target = "classes",
    random_state: int = 0,
) -> ColumnTransformer | Pipeline:
    """Return the unfitted transformer from a table to floats `(n_samples, n_features)`.

    Columns that miss more than the share `drop_missing` of their values are dropped. Numbers and
    booleans have their outliers clipped or their long tails drawn in (`log`), have gaps
    filled by `impute` (`constant` takes `fill_value`; `indicator` adds a column that says which
    were missing), are brought to one `scale` and, up to `degree`, multiplied with themselves and each other (`interactions`: only with each
    other). Everything else is a category, written as text, and made numbers as `encode` says,
    `hashing` in `hash_columns` columns; a missing one is a category of its own.
    With one_hot and ordinal at most `max_categories` are told apart of each column: the rarest
    share one, and so do those that training never saw. Of all these columns `select` keeps some:
    `variance` those that vary more than `min_variance`, `correlation` one of each two that are
    correlated above `max_correlation`, others the share `keep` or what they find to matter.

    `outliers: remove_...` takes rows out of what a fit learns from, and never out of those asked.
    `outlier_limit` counts interquartile ranges from the quartiles, by default 1.5, or standard
    deviations from the mean, by default 3.

    `target` and `random_state` are given by `architectures.build`.
    """
    numbers: list[tuple[str, Any]] = [_function("convert", as_floats)]
    categories: list[tuple[str, Any]] = [_function("convert", as_text)]
    treatment, _, rule = outliers.partition("_")
    if treatment == "clip":
        numbers.append(("outliers", ClipOutliers(cast(Rule, rule), outlier_limit)))
    elif treatment == "log":
        numbers.append(_function("outliers", signed_log))
    fill = imputer(impute, fill_value=fill_value, indicator=indicator, random_state=random_state)
    filled_and_scaled = [("impute", fill), ("scale", scaler(scale))]
    if impute == "neighbors":  # which are near depends on the scale
        filled_and_scaled.reverse()
    numbers += filled_and_scaled
    if degree > 1:
        products = PolynomialFeatures(degree, interaction_only=interactions, include_bias=False)
        numbers += [("products", products), ("rescale", scaler(scale))]
    encoding = encoder(
        encode,
        max_categories=max_categories,
        hash_columns=hash_columns,
        target=target,
        random_state=random_state,
    )
    categories.append(("encode", encoding))
    columns = ColumnTransformer(
        [
            ("numbers", Pipeline(numbers), number_columns),
            ("categories", Pipeline(categories), category_columns),
        ],
        sparse_threshold=0,
        verbose_feature_names_out=False,
    )
    steps: list[tuple[str, Any]] = [("features", columns)]
    if treatment == "remove":
        from imblearn import FunctionSampler

        words = {"rule": rule, "limit": outlier_limit}
        sampler = FunctionSampler(func=without_outliers, kw_args=words, validate=False)
        steps.insert(0, ("outliers", sampler))
    if drop_missing is not None:
        steps.insert(0, ("drop", DropMissing(drop_missing).set_output(transform="pandas")))
    if select != "none":
        chosen = selector(
            select,
            keep=keep,
            min_variance=min_variance,
            max_correlation=max_correlation,
            target=target,
            random_state=random_state,
        )
        steps.append(("select", chosen))
    if treatment == "remove":
        from imblearn.pipeline import Pipeline as ResamplingPipeline

        return ResamplingPipeline(steps)
    return Pipeline(steps) if len(steps) > 1 else columns


def number_columns(X: pd.DataFrame) -> list[str]:
    """Return the columns of numbers and booleans."""
    return [name for name in X.columns if is_numeric_dtype(X[name]) or is_bool_dtype(X[name])]


def category_columns(X: pd.DataFrame) -> list[str]:
    """Return all the other columns."""
    numbers = set(number_columns(X))
    return [name for name in X.columns if name not in numbers]


def as_floats(X: pd.DataFrame) -> pd.DataFrame:
    """Return numbers and booleans as float64, missing and infinite ones as NaN."""
    return X.astype(np.float64).replace([np.inf, -np.inf], np.nan)


def as_text(X: pd.DataFrame) -> pd.DataFrame:
    """Return categories as text, missing ones as NaN, so that 1, "1" and a category 1 are equal."""
    return X.astype(str).astype(object).mask(X.isna(), np.nan)


def _check(
    records: pd.DataFrame,
    *,
    order: str | None,
    group: str | None,
    fill: str,
    named: tuple[str, ...],
) -> None:
    """Refuse columns that are not there, and a look at what is not known yet."""
    for name in (*named, *filter(None, (order, group))):
        if name not in records:
            raise unknown("column", name, list(records.columns))
    if fill == "backward" and order is not None:
        if is_datetime64_any_dtype(records[order]):
            raise UserError(
                f"fill: backward along {order!r} would show what came later; choose forward or "
                "moving_average."
            )
        if group is None:
            raise UserError(
                "fill: backward needs groups that are known as a whole; name their column "
                "(group: ...) in the view's block."
            )


def _function(name: str, function: Any) -> tuple[str, FunctionTransformer]:
    return name, FunctionTransformer(function, feature_names_out="one-to-one")
