import numpy as np
import pandas as pd
import pytest

from caselab.architectures import seasonal_naive
from caselab.data import raw_records
from caselab.errors import UserError
from caselab.features import windows as view
from caselab.problems.forecasting import problem
from tests import toys


@pytest.fixture(scope="module")
def toy():
    return toys.rows("forecasting", "windows")


@pytest.fixture(scope="module")
def answers(toy):
    return problem.answer(seasonal_naive.forecasting().fit(toy.X, toy.y), toy.asked)


def test_an_answer_has_the_time_and_value_of_each_moment_of_the_horizon(toy, answers):
    assert list(answers) == ["time", "value", "scale"]
    seconds = np.array(toy.asked["seconds"][0][-4:], dtype="datetime64[s]")
    assert [pd.Timestamp(time) for time in answers["time"][0]] == [*map(pd.Timestamp, seconds)]
    np.testing.assert_array_equal(answers["value"][0], toy.asked["past"][0][-4:])


def test_bounds_are_those_of_errors_that_were_made(toy, answers):
    decision = problem.decision(toy.asked_y, answers, None, {})
    found = problem.completed(answers, decision)
    for level in (80, 95):
        lower, upper = (np.stack(found[f"{end}_{level}"]) for end in ("lower", "upper"))
        truth = np.stack(toy.asked_y)
        assert ((lower <= truth) & (truth <= upper)).mean() >= level / 100
    assert found["lower_95"][0][0] <= found["lower_80"][0][0] <= found["upper_80"][0][0]


def test_too_few_origins_are_refused(toy):
    few = {"train": np.arange(len(toy.y)) < 5}
    with pytest.raises(UserError, match=r"Only 5 origins .* too short for their folds"):
        problem.check(toy.y, few)
    with pytest.raises(UserError, match="nothing to forecast"):
        problem.check(pd.Series([np.ones(4)] * 20), {"train": np.ones(20, dtype=bool)})


def test_a_question_and_training_show_the_same_row():
    """One way from raw records: the window of an origin is the same, asked or learned from."""
    from caselab.cases.demand import case
    from tests.extracts import reading

    raw = reading.read("elecdemand").head(48 * 32)
    learned = case.aggregate(raw)
    asked = raw_records.rows(case.asked(raw), case, view.view)
    pd.testing.assert_frame_equal(asked.X, view.view(learned.drop(columns=["ahead", "origin"])))
