import numpy as np
import pandas as pd
import pytest

from caselab import architectures, cases
from caselab.errors import UserError
from caselab.evaluation import segments, stability
from caselab.params import PipelineBlock
from caselab.problems.clustering import problem as clustering


@pytest.fixture(scope="module")
def customers():
    """Two kinds of customers: some who come often and lately, and many who came once, long ago."""
    random = np.random.default_rng(0)
    kind = np.repeat([0, 1], [80, 120])
    return pd.DataFrame(
        {
            "recency": np.where(kind == 0, 10, 300) + random.uniform(0, 9, 200),
            "frequency": np.where(kind == 0, 20, 1) + random.integers(0, 3, 200),
            "monetary": np.where(kind == 0, 5000, 100) * random.uniform(0.8, 1.2, 200),
        }
    )


@pytest.fixture(scope="module")
def pipeline(customers):
    block = PipelineBlock(
        case="segments",
        view="segments-table",
        architecture="kmeans",
        model={"n_clusters": 2},
    )
    built = architectures.build(block, "table", "clustering", 0, 1)
    return built.fit(customers, None)


def test_segments_are_named_by_their_numbers(pipeline, customers):
    answers = clustering.answer(pipeline, customers)
    assert answers["segment"].iloc[[0, -1]].tolist() == ["champions", "hibernating"]
    assert "reward" in answers["strategy"].iloc[0]
    decided = clustering.decide(answers, cases.load("segments"), {})
    assert decided.tolist() == answers["segment"].tolist()


def test_a_row_is_answered_alike_alone_and_among_others(pipeline, customers):
    whole = clustering.answer(pipeline, customers)
    alone = clustering.answer(pipeline, customers.iloc[[7]])
    pd.testing.assert_frame_equal(alone, whole.iloc[[7]].reset_index(drop=True))


def test_metrics_of_weighted_rows_are_those_of_repeated_rows(pipeline, customers):
    answers, case = clustering.answer(pipeline, customers), cases.load("segments")
    times = np.random.default_rng(1).integers(0, 3, len(answers))
    repeated = answers.loc[np.repeat(np.arange(len(answers)), times)]
    for name, metric in clustering.metrics.items():
        plain = metric.function(None, repeated, {}, case)
        weighted = metric.function(None, answers, {}, case, times.astype(float))
        both = metric.function(None, answers, {}, case, np.stack([times, times]).astype(float))
        assert weighted == pytest.approx(plain), name
        np.testing.assert_allclose(both, [plain, plain])


def test_metrics_tell_two_clear_segments(pipeline, customers):
    scores = clustering.score(None, clustering.answer(pipeline, customers), cases.load("segments"))
    assert scores["silhouette"] > 0.8
    assert scores["explained"] > 0.9
    assert (scores["clusters"], scores["largest"], scores["noise"]) == (2, 0.6, 0)


def test_clear_segments_are_found_again(pipeline, customers):
    found = stability.stability(pipeline[-1], pipeline[:-1].transform(customers), seed=0)
    assert found.agreement.mean() > 0.99
    assert found.jaccard.min() > 0.99


def test_equal_names_are_told_apart():
    level = pd.DataFrame({"recency": [0.9, 0.9], "frequency": [0.1, 0.1], "monetary": [0.1, 0.4]})
    told = segments._apart(pd.Series(["hibernating"] * 2), level)
    assert told == ["hibernating, low monetary", "hibernating, high monetary"]


def test_other_tables_are_named_after_what_stands_out():
    told, _ = segments._named(pd.Series({"width": 0.9, "weight": 0.5, "height": 0.05}), False)
    assert told == "low height, high width"


def test_too_few_rows_are_refused():
    with pytest.raises(UserError, match="Only 3 rows are left to find clusters in"):
        clustering.check(None, {"train": np.array([True, True, True, False])})
