from typing import get_args

import numpy as np
import pandas as pd
import pytest

from caselab import architectures, problems
from caselab.data.targets import Target
from caselab.errors import UserError
from caselab.evaluation import plots
from caselab.evaluation.metrics import Metric
from caselab.params.checks import WORDS
from caselab.problems import Problem

METRICS = {
    "hits": Metric("hits", "Hits", True, lambda y, answers: float((y == answers["is"]).mean()))
}


@pytest.fixture(params=problems.names())
def kind(request):
    return request.param


@pytest.fixture
def problem(kind):
    return problems.load(kind)


def toy(**words):
    """A kind that says no more than it must."""
    return Problem(
        metrics=METRICS,
        answer=lambda estimator, X: pd.DataFrame({"is": estimator.predict(X)}),
        decide=lambda answers: answers["is"],
        **words,
    )


def test_a_kind_is_held_by_its_file(problem):
    assert isinstance(problem, Problem)
    assert problem.target in get_args(Target)
    assert {*problem.words} <= {*WORDS}


def test_its_metrics_go_by_their_names(problem):
    assert [metric.name for metric in problem.metrics.values()] == list(problem.metrics)


def test_its_plots_exist_and_would_not_overwrite_each_other(problem):
    for name in problem.plots:
        assert callable(plots.load(name))
    files = [name.split(".")[1] for name in problem.plots]
    assert len(set(files)) == len(files)


def test_its_baseline_solves_it(kind, problem):
    assert callable(getattr(architectures.load(problem.baseline_architecture), kind))


def test_what_params_are_checked_against_is_what_the_kind_says(kind, problem):
    """params.yaml is checked without importing the kind, by what stands in its file."""
    from caselab.params.signatures import PACKAGE, module

    read = module(PACKAGE / "problems" / f"{kind}.py").call("problem")
    assert tuple(read.get("words", ())) == problem.words
    assert read.get("target", "none") == problem.target


def test_a_kind_that_does_not_exist_names_the_nearest():
    with pytest.raises(UserError, match="classification"):
        problems.load("clasification")


def test_three_words_make_a_kind():
    kind, y = toy(), pd.Series([1, 0])
    answers = pd.DataFrame({"is": [1, 1]})
    assert kind.decide(answers, "a case", {}).tolist() == [1, 1]
    assert kind.score(y, answers, "a case") == {"hits": 0.5}
    assert kind.decision(y, answers, "a case", {}) == {}
    assert kind.check(y, {"train": np.array([True, True])}) == {}
    assert kind.strata(y) is None
    assert kind.learnable(y, y)


@pytest.mark.parametrize(
    ("target", "reported", "enough"),
    [
        ("classes", "class shares", [False, False, True]),
        ("numbers", "target quartiles", [False, True, True]),
        ("text", None, [True, True, True]),
        ("sequence", None, [True, True, True]),
        ("none", None, [True, True, True]),
    ],
)
def test_what_follows_from_the_target(target, reported, enough):
    kind, y = toy(target=target), pd.Series([1, 2, 3] * 9, name="y")
    report = kind.check(y, {"train": np.ones(27, dtype=bool)})
    assert list(report) == ([reported] if reported else [])
    parts = [y.iloc[[0, 3]], y.iloc[[0, 1]], y.iloc[:3]]  # one value, two, all
    assert [kind.learnable(part, y) for part in parts] == enough
    assert (kind.strata(y) is not None) == (target == "classes")


def test_a_kind_may_say_otherwise():
    kind = toy(
        target="numbers", stratified=True, learnable=lambda: True, check=lambda y: {"n": len(y)}
    )
    y = pd.Series([1.0, 1.0])
    assert kind.strata(y) is y
    assert kind.learnable(y, y)
    assert kind.check(y, {}) == {"n": 2}


def test_a_function_that_asks_for_what_a_kind_is_not_given_is_refused():
    with pytest.raises(TypeError, match="asks for tracker"):
        toy(check=lambda tracker: {})
