import inspect

import pytest

from caselab import problems
from caselab.errors import UserError
from caselab.evaluation import plots
from caselab.problems import Problem


@pytest.fixture(params=problems.names())
def problem(request):
    return problems.load(request.param)


def test_a_problem_says_all_that_differs_between_kinds(problem):
    for name in (*Problem.__annotations__, "answer", "decision", "decide", "score"):
        assert hasattr(problem, name), name


def test_its_functions_are_called_as_the_protocol_says(problem):
    for name in ("answer", "decision", "decide", "score"):
        promised = list(inspect.signature(getattr(Problem, name)).parameters)[1:]
        assert list(inspect.signature(getattr(problem, name)).parameters) == promised


def test_its_metrics_go_by_their_names(problem):
    assert [metric.name for metric in problem.metrics.values()] == list(problem.metrics)


def test_its_plots_exist_and_would_not_overwrite_each_other(problem):
    for name in problem.plots:
        assert callable(plots.load(name))
    files = [name.split(".")[1] for name in problem.plots]
    assert len(set(files)) == len(files)


def test_a_kind_that_does_not_exist_names_the_nearest():
    with pytest.raises(UserError, match="classification"):
        problems.load("clasification")
