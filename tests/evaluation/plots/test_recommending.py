import numpy as np
import pytest

from caselab.architectures import popularity
from caselab.cases import movies_ranking, movies_rating
from caselab.evaluation.intervals import intervals, units
from caselab.evaluation.metrics.ranking import METRICS
from caselab.evaluation.plots import ranking as ranking_plots
from caselab.evaluation.plots import ratings as ratings_plots
from caselab.evaluation.plots import style
from caselab.evaluation.report import Report
from caselab.problems.ranking import problem as ranking
from caselab.problems.recommendation import problem as recommendation
from tests.movies import ratings


def report(problem, case, model):
    table = ratings(n_users=80)
    test, train = table[:500].reset_index(drop=True), table[500:].reset_index(drop=True)
    answers = problem.answer(model.fit(train, train["rating"]), test)
    drawn = units(("group",), len(test), group=test["user"])
    return Report(
        pipeline=f"{case.name}-popularity",
        case=case,
        metrics=problem.metrics,
        ids=test["id"],
        y=test["rating"],
        answers=answers,
        decided=problem.decide(answers, case, {}),
        decision={},
        settings={},
        scores=problem.score(test["rating"], answers, case),
        intervals=intervals(
            problem.metrics, test["rating"], answers, {}, case, units=drawn, seed=0, n_resamples=50
        ),
        units=drawn,
        seed=0,
        X=test,
        background=train,
    )


@pytest.fixture(scope="module")
def rated():
    return report(recommendation, movies_rating.case, popularity.recommendation())


@pytest.fixture(scope="module")
def ranked():
    return report(ranking, movies_ranking.case, popularity.ranking())


def drawn(function, made):
    with style.house():
        return function(made)


def test_errors_by_rating_hold_every_row_and_rising_quantiles(rated):
    table = drawn(ratings_plots.error_by_rating, rated).data
    assert table["rows"].sum() == 500
    assert table["rating"].tolist() == [1, 2, 3, 4, 5]
    assert (np.diff(table.filter(like="quantile"), axis=1) >= 0).all()


def test_errors_by_popularity_add_up_to_the_whole(rated):
    table = drawn(ratings_plots.error_by_popularity, rated).data
    assert table["rows"].sum() == 500
    whole = np.sqrt(np.average(table["rmse"] ** 2, weights=table["rows"]))
    assert whole == pytest.approx(rated.scores["rmse"])
    assert table["low"].le(table["rmse"]).all()
    assert table["high"].ge(table["rmse"]).all()


def test_recall_at_ten_stands_on_its_curve(ranked):
    table = drawn(ranking_plots.recall_by_length, ranked).data.set_index("length")
    assert table.loc[10, "recall"] == pytest.approx(ranked.scores["recall_at_10"])
    assert table["recall"].is_monotonic_increasing


def test_gain_by_history_adds_up_to_the_whole(ranked):
    table = drawn(ranking_plots.ndcg_by_history, ranked).data
    whole = np.average(table["ndcg_at_10"], weights=table["users"])
    assert whole == pytest.approx(ranked.scores["ndcg_at_10"])
    assert table["met_in_training"].is_monotonic_increasing


def test_intervals_hold_what_was_measured_but_for_coverage(ranked):
    for name in METRICS:
        low, high = ranked.intervals[name]
        if name == "coverage_at_10":
            assert np.isnan([low, high]).all()
        else:
            assert low <= ranked.scores[name] <= high


def test_without_training_rows_what_needs_them_is_not_drawn(rated, ranked):
    bare = {"background": None}
    for function, made in (
        (ratings_plots.error_by_popularity, rated),
        (ranking_plots.ndcg_by_history, ranked),
    ):
        made = Report(
            **{**{k: v for k, v in vars(made).items() if k in made.__dataclass_fields__}, **bare}
        )
        assert drawn(function, made) is None
