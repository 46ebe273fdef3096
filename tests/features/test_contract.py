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
from caselab.stages.featurize import looked_at
from tests import toys
from tests.documentation import unexplained

every_view = pytest.mark.parametrize("name", features.names())
PROBLEM = "classification"
GIVEN = {"problem", "random_state"}
"""To a transformer, by `architectures.build`."""


def dense(found):
    return found.toarray() if hasattr(found, "toarray") else found


@every_view
@pytest.mark.parametrize("function", ["view", "transformer"])
def test_every_argument_is_by_keyword_with_a_default_and_explained(name, function):
    function = getattr(features.load(name), function)
    arguments = inspect.signature(function).parameters
    keywords = {key: each for key, each in arguments.items() if key not in {"records", *GIVEN}}
    for argument in keywords.values():
        assert argument.kind is argument.KEYWORD_ONLY
        assert argument.annotation is not argument.empty
        assert argument.default is not argument.empty
    made = function() if "records" not in arguments else None
    assert unexplained(keywords, function, made) == set()


@every_view
def test_its_plots_exist(name):
    assert all(callable(plots.load(each)) for each in features.load(name).plots)


@every_view
def test_it_shows_row_by_row_and_changes_no_record(name):
    raw, _ = toys.records(name, 60)
    before = raw.copy(deep=True)
    show = partial(toys.show, name)
    leakage.check_rowwise(show, raw, show(raw), name, looked_at(features.load(name), {}))
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
