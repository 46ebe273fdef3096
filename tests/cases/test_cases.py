import pytest

from caselab import cases, features, problems
from caselab.errors import UserError


@pytest.mark.parametrize("name", cases.names())
def test_a_case_names_what_there_is(name):
    case = cases.load(name)
    assert case.name == name
    assert case.question.endswith("?")
    problem = problems.load(case.problem)
    assert case.metric in problem.metrics
    assert {published.figure for published in case.published} <= set(problem.metrics)
    assert set(case.views) <= set(features.names())
    contract = case.contract()
    if case.aggregate is None:  # else rows are made, with an id of their own
        assert case.id in contract.columns
        assert contract.columns[case.id].unique or case.distinct
    if case.ask is None:  # else it knows what to take away, of what the target is made
        assert case.target in {None, *contract.columns}


def test_an_unknown_case_names_the_nearest():
    with pytest.raises(UserError, match=r"no case 'churns'.*churn"):
        cases.load("churns")
