import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from caselab.data import leakage
from caselab.errors import UserError


@pytest.fixture
def records():
    random = np.random.default_rng(0)
    b = random.choice(["x", "y"], 300, p=[0.9, 0.1]).astype(object)
    b[17] = None
    a = random.normal(size=300)
    a[5] = np.nan
    return pd.DataFrame({"a": a, "b": b, "c": range(300)})


def mode(column):
    return column.mode().get(0, "none")


STATELESS = {
    "itself": lambda records: records,
    "ratio": lambda records: records.assign(
        ratio=records["a"] / records["c"].where(lambda c: c > 0)
    ),
    "array": lambda records: records[["a", "c"]].to_numpy(),
    "words": lambda records: records.assign(b=records["b"].fillna("none").str.upper()),
}
STATEFUL = {
    "centred": lambda records: records.assign(a=records["a"] - records["a"].mean()),
    "ranked": lambda records: records.assign(a=records["a"].rank()),
    "filled by mean": lambda records: records.assign(a=records["a"].fillna(records["a"].mean())),
    "filled by mode": lambda records: records.assign(b=records["b"].fillna(mode(records["b"]))),
    "one_hot": lambda records: pd.get_dummies(records, columns=["b"]),
    "encoded": lambda records: records.assign(b=pd.factorize(records["b"])[0]),
    "counted": lambda records: records.assign(
        n=records.groupby("b", dropna=False)["a"].transform("size")
    ),
    "lagged": lambda records: records.assign(before=records["a"].shift()),
    "array": lambda records: records[["a"]].to_numpy() / records["a"].abs().max(),
}


@pytest.mark.parametrize("name", STATELESS)
def test_a_view_that_shows_row_by_row_passes(records, name):
    view = STATELESS[name]
    leakage.check_rowwise(view, records, view(records), name)


@pytest.mark.parametrize("name", STATEFUL)
def test_a_view_that_learns_from_rows_is_caught(records, name):
    view = STATEFUL[name]
    with pytest.raises(UserError, match=f"The view '{name}' shows .* differently"):
        leakage.check_rowwise(view, records, view(records), name)


def test_a_view_that_cannot_show_a_row_alone_is_told_so(records):
    def view(rows):
        return rows.assign(b=rows["b"].fillna(rows["b"].mode()[0]))

    with pytest.raises(UserError, match=r"fails on 1 of the rows .*KeyError"):
        leakage.check_rowwise(view, records, view(records), "filled")


BACK = leakage.Neighbours("c", group="b")
"""The rows before in order of `c`, of the same `b`."""


def of_group(records, function):
    ordered = records.sort_values("c").groupby("b", dropna=False)["a"].transform(function)
    return records.assign(made=ordered)


LOOKING_BACK = {
    "lag": lambda records: of_group(records, lambda a: a.shift(1)),
    "mean so far": lambda records: of_group(records, lambda a: a.expanding().mean()),
    "itself": lambda records: records,
}
LOOKING_FURTHER = {
    "ahead": lambda records: of_group(records, lambda a: a.shift(-1)),
    "over all time": lambda records: of_group(records, lambda a: a - a.mean()),
    "filled from later": lambda records: of_group(records, lambda a: a.bfill()),
    "other groups": lambda records: records.assign(
        made=records.sort_values("c")["a"].shift(1).reindex(records.index)
    ),
}


@pytest.mark.parametrize("name", LOOKING_BACK)
def test_a_view_that_looks_back_within_its_group_passes(records, name):
    view, shuffled = LOOKING_BACK[name], records.sample(frac=1, random_state=0, ignore_index=True)
    leakage.check_rowwise(view, shuffled, view(shuffled), name, BACK)


@pytest.mark.parametrize("name", LOOKING_FURTHER)
def test_a_view_that_looks_further_than_it_says_is_caught(records, name):
    records = records.assign(a=records["a"].mask(records["c"] % 10 == 9))
    view = LOOKING_FURTHER[name]
    with pytest.raises(UserError, match="differently when it sees only a row's own past"):
        leakage.check_rowwise(view, records, view(records), name, BACK)


def test_a_view_that_knows_its_group_as_a_whole_is_tried_group_by_group(records):
    whole = leakage.Neighbours("c", group="b", ahead=True)
    view = LOOKING_FURTHER["over all time"]
    leakage.check_rowwise(view, records, view(records), "whole", whole)
    other = LOOKING_FURTHER["other groups"]
    with pytest.raises(UserError, match="differently"):
        leakage.check_rowwise(other, records, other(records), "others", whole)


def test_the_column_is_named(records):
    view = STATEFUL["centred"]
    with pytest.raises(UserError, match="the column 'a'"):
        leakage.check_rowwise(view, records, view(records), "centred")


def test_a_view_drops_no_rows(records):
    with pytest.raises(UserError, match="299 rows of 300"):
        leakage.check_rowwise(lambda rows: rows.iloc[1:], records, records.iloc[1:], "cut")


def test_arrays_are_viewed_too():
    pictures = np.random.default_rng(0).normal(size=(50, 4, 4))
    leakage.check_rowwise(np.abs, pictures, np.abs(pictures), "absolute")
    with pytest.raises(UserError, match="its values"):
        leakage.check_rowwise(lambda X: X - X.mean(), pictures, pictures - pictures.mean(), "mean")


def table(number_step):
    return ColumnTransformer(
        [
            (
                "numbers",
                Pipeline([("as", FunctionTransformer(np.abs)), ("scale", number_step)]),
                ["a"],
            )
        ]
    )


def test_an_unfitted_transformer_passes():
    leakage.check_unfitted(table(StandardScaler()))
    leakage.check_unfitted(FunctionTransformer(np.abs))


def test_what_cloning_forgets_is_no_leak(records):
    leakage.check_unfitted(table(StandardScaler()).fit(records))


def test_a_transformer_fitted_on_everything_is_caught(records):
    fitted = FrozenEstimator(StandardScaler().fit(records[["a"]]))
    for planted in (fitted, table(fitted)):
        with pytest.raises(UserError, match="fitted before it has seen the train rows"):
            leakage.check_unfitted(planted)
