"""What every kind of view keeps, and its transformer, because it is in the folder."""

import inspect
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import Pipeline, make_pipeline

from caselab import features
from caselab.data import leakage
from caselab.evaluation import plots
from caselab.params.checks import KNOWN_BY_BUILD
from caselab.stages.featurize import looked_at
from tests import toys
from tests.documentation import unexplained

every_view = pytest.mark.parametrize("name", features.names())
PROBLEM = "classification"


def keywords(function):
    """Return what may be asked for in params.yaml."""
    given = {"records", *KNOWN_BY_BUILD}
    arguments = inspect.signature(function).parameters
    return {name: each for name, each in arguments.items() if name not in given}


def required(function):
    return {name for name, each in keywords(function).items() if each.default is each.empty}


def dense(found):
    return found.toarray() if hasattr(found, "toarray") else found


@every_view
@pytest.mark.parametrize("function", ["view", "transformer"])
def test_every_argument_is_by_keyword_and_explained(name, function):
    function = getattr(features.load(name), function)
    arguments = keywords(function)
    for argument in arguments.values():
        assert argument.kind is argument.KEYWORD_ONLY
        assert argument.annotation is not argument.empty
    made = function() if function.__name__ == "transformer" else None
    assert unexplained(arguments, function, made) == set()


@every_view
def test_a_transformer_can_be_made_of_defaults_and_a_view_of_what_it_requires(name):
    """The stage featurize looks at a transformer before any pipeline has chosen its settings."""
    modality = features.load(name)
    assert required(modality.transformer) == set()
    assert required(modality.view) <= set(toys.of(name).OPTIONS)


@every_view
def test_its_plots_exist(name):
    assert all(callable(plots.load(each)) for each in features.load(name).plots)


@every_view
def test_it_shows_row_by_row_and_changes_no_record(name):
    raw, _ = toys.records(name, 60)
    before = raw.copy(deep=True)
    show = partial(toys.show, name)
    neighbours = looked_at(features.load(name), toys.of(name).OPTIONS)
    leakage.check_rowwise(show, raw, show(raw), name, neighbours)
    pd.testing.assert_frame_equal(raw, before)


@every_view
def test_its_transformer_is_unfitted_treats_rows_one_by_one_and_leaves_them_alone(name):
    toy, before = toys.rows(PROBLEM, name), toys.rows(PROBLEM, name)
    transformer = features.load(name).transformer()
    leakage.check_unfitted(transformer)
    steps = transformer if isinstance(transformer, Pipeline) else make_pipeline(transformer)
    fitted = clone(steps).fit(toy.X, toy.y)
    show = fitted.transform
    leakage.check_rowwise(lambda X: dense(show(X)), toy.asked, dense(show(toy.asked)), name)
    for found, expected in ((toy.X, before.X), (toy.asked, before.asked)):
        if isinstance(expected, np.ndarray):
            np.testing.assert_array_equal(found, expected)
        else:
            pd.testing.assert_frame_equal(found, expected)


def test_a_view_without_toy_rows_is_told_which_file_to_write():
    with pytest.raises(AssertionError, match=r"write tests/toys/smells\.py with records and str"):
        toys.rows(PROBLEM, "smells")


def test_toy_rows_that_lack_something_are_told_what(monkeypatch):
    monkeypatch.delattr("tests.toys.text.strangers")
    with pytest.raises(AssertionError, match=r"write tests/toys/text\.py with strangers\."):
        toys.rows(PROBLEM, "text")
