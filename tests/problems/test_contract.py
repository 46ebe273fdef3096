"""What every kind of problem keeps, from rows to scores, because it is in the folder."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from caselab import cases, problems
from tests import toys
from tests.architectures.every import entries


@pytest.fixture(scope="module", params=problems.names())
def asked(request):
    """A kind, a case of it, the targets of toy rows, and what its baseline answers to them."""
    problem = problems.load(request.param)
    case = next(c for c in map(cases.load, cases.names()) if c.problem == request.param)
    case = replace(case, positive=None, target=case.target and "answer")
    entry = next(
        entry
        for entry in entries()
        if (entry.problem, entry.architecture) == (request.param, problem.baseline_architecture)
    )
    toy = toys.rows(request.param, entry.view)
    model = entry.pipeline().fit(toy.X, toy.y)
    return problem, case, toy.asked_y, problem.answer(model, toy.asked)


def test_what_is_decided_is_one_thing_a_row_and_how_fits_into_json(asked):
    problem, case, y, answers = asked
    decision = problem.decision(y, answers, case, {})
    assert json.loads(json.dumps(decision, allow_nan=False)) == decision
    decided = problem.decide(answers, case, decision)
    assert len(decided) == len(answers)
    assert decided.notna().all()


def test_every_metric_is_a_number_and_the_cases_own_is_defined(asked):
    problem, case, y, answers = asked
    scores = problem.score(y, answers, case, problem.decision(y, answers, case, {}))
    assert scores.keys() == problem.metrics.keys()
    assert all(isinstance(score, float) for score in scores.values())
    assert np.isfinite(scores[case.metric])


def test_a_resample_of_every_row_once_scores_as_the_rows_do(asked):
    """Or not at all, where a metric says that resamples tell nothing of it."""
    problem, case, y, answers = asked
    decision = problem.decision(y, answers, case, {})
    seen = answers if problem.scored is None else problem.scored(answers)
    for name, metric in problem.metrics.items():
        found = metric.function(y, seen, decision, case, np.ones((2, len(seen))))
        assert found.shape == (2,)
        expected = metric.function(y, seen, decision, case)
        if name == case.metric or not np.isnan(found).all():
            assert found == pytest.approx([expected] * 2, nan_ok=True), name


def test_what_prepare_reports_fits_into_json(asked):
    problem, _, y, answers = asked
    report = problem.check(y, {"train": np.ones(len(answers), dtype=bool)})
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert problem.learnable(y, y)
    strata = problem.strata(y)
    assert strata is None or pd.Series.equals(strata, y)
