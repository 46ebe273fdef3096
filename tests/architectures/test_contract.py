"""What every architecture keeps, for every problem it solves and every view it reads."""

import inspect
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from caselab import architectures, features, problems
from caselab.storage import models
from tests import toys
from tests.architectures.every import entries, solved
from tests.documentation import unexplained

every_entry = pytest.mark.parametrize(
    "entry", [pytest.param(e, id=str(e), marks=pytest.mark.xdist_group(str(e))) for e in entries()]
)
every_architect = pytest.mark.parametrize(
    "architect",
    [
        pytest.param(getattr(architectures.load(name), problem), id=f"{name}-{problem}")
        for name in architectures.names()
        for problem in solved(name)
    ],
)
GIVEN_BY_BUILD = {"random_state", "n_jobs"}


@cache
def fitted(entry):
    toy = toys.rows(entry.problem, entry.view)
    return entry.fit(toy.X, toy.y)


@cache
def answers(entry):
    toy = toys.rows(entry.problem, entry.view)
    return problems.load(entry.problem).answer(fitted(entry), toy.asked)


def test_nothing_is_left_out():
    found = {(entry.architecture, entry.problem) for entry in entries()}
    assert {architecture for architecture, _ in found} == set(architectures.names())
    for name in architectures.names():
        assert set(solved(name)) == {problem for each, problem in found if each == name} != set()


def test_every_problem_is_solved_on_toy_rows():
    assert {entry.problem for entry in entries()} >= set(problems.names())


def test_every_view_is_read_on_toy_rows():
    assert toys.views() == features.names(), "give the view toy records in tests/toys/"
    assert {entry.view for entry in entries()} == set(features.names())


@pytest.mark.parametrize("name", architectures.names())
def test_an_architecture_s_public_functions_are_named_like_problems(name):
    assert set(solved(name)) <= set(problems.names())


@every_architect
def test_an_architect_says_what_it_takes_and_where_it_comes_from(architect):
    for argument in inspect.signature(architect).parameters.values():
        assert argument.kind is argument.KEYWORD_ONLY
        assert argument.annotation is not argument.empty
        assert (argument.default is argument.empty) == (argument.name in GIVEN_BY_BUILD)
    assert "Source: " in inspect.getdoc(architect)


@every_entry
def test_every_argument_is_explained(entry):
    """Where the architect stands, or by the class of what it returns."""
    arguments = set(inspect.signature(entry.architect).parameters) - GIVEN_BY_BUILD
    assert unexplained(arguments, entry.architect, entry.pipeline()[-1]) == set()


@every_entry
def test_it_answers_rows_never_seen_one_by_one_as_all_together(entry):
    toy = toys.rows(entry.problem, entry.view)
    found = answers(entry)
    assert list(found.index) == list(range(len(toy.asked)))
    numbers = found.select_dtypes("number").to_numpy(dtype=float)
    assert np.isfinite(numbers).all()
    assert found.notna().all(axis=None)
    for row in (0, len(toy.asked) - 1):
        alone = toy.asked.iloc[[row]] if hasattr(toy.asked, "iloc") else toy.asked[[row]]
        one = problems.load(entry.problem).answer(fitted(entry), alone)
        expected = found.iloc[[row]].reset_index(drop=True)
        pd.testing.assert_frame_equal(one, expected, rtol=1e-4, atol=1e-6)


@every_entry
def test_settings_are_parameters_that_a_fit_leaves_as_they_are(entry):
    toy = toys.rows(entry.problem, entry.view)
    estimator = entry.pipeline()[-1]
    settings = repr(sorted(estimator.get_params().items(), key=str))
    copy = clone(estimator)
    assert repr(sorted(copy.get_params().items(), key=str)) == settings
    copy.set_params(**estimator.get_params(deep=False))
    learned = entry.fit(toy.X, toy.y)
    assert repr(sorted(learned[-1].get_params().items(), key=str)) == settings


@every_entry
def test_rows_are_left_as_they_are(entry):
    toy, before = (toys.rows(entry.problem, entry.view) for _ in range(2))
    model = entry.fit(toy.X, toy.y)
    problems.load(entry.problem).answer(model, toy.asked)
    for found, expected in ((toy.X, before.X), (toy.asked, before.asked)):
        if isinstance(expected, pd.DataFrame):
            pd.testing.assert_frame_equal(found, expected)
        else:
            np.testing.assert_array_equal(found, expected)
    assert toy.y is None or toy.y.equals(before.y)


@every_entry
def test_fitted_twice_it_is_stored_in_equal_bytes_and_what_is_read_answers_alike(entry, tmp_path):
    toy = toys.rows(entry.problem, entry.view)
    one, two = (entry.fit(toy.X, toy.y) for _ in range(2))  # neither was asked before
    for name, model in (("one", one), ("two", two)):
        models.save(model, tmp_path / name)
    files = sorted(file.name for file in (tmp_path / "one").iterdir())
    assert files == sorted(file.name for file in (tmp_path / "two").iterdir())
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    problem = problems.load(entry.problem)
    for model in (models.load(tmp_path / "one"), one):  # which has its state back
        pd.testing.assert_frame_equal(
            problem.answer(model, toy.asked), answers(entry), check_exact=True
        )
