import numpy as np
import pandas as pd
import pytest

from caselab import architectures
from caselab.architectures import baseline
from caselab.errors import UserError
from caselab.params import PipelineBlock
from caselab.problems.anomalies import _owner
from caselab.problems.anomalies import problem as anomalies
from caselab.storage.datasets import Dataset

DETECTORS = ("isolation_forest", "local_outlier_factor", "one_class_svm", "pca")


def block(architecture, **features):
    return PipelineBlock(case="x", view="x", architecture=architecture, features=features)


@pytest.fixture(scope="module")
def machines():
    """Machines whose weight and length go with their height; of the last three one number is out of place."""
    random = np.random.default_rng(0)
    height = random.uniform(1, 3, 300)
    table = pd.DataFrame(
        {
            "height": height,
            "weight": 100 * height + random.normal(0, 4, 300),
            "length": 2 * height + random.normal(0, 0.1, 300),
            "noise": random.normal(0, 1, 300),
            "make": np.array(["north", "east", "south"])[random.integers(0, 3, 300)],
        }
    )
    table.loc[297, "noise"], table.loc[298, "weight"], table.loc[299, "height"] = 15.0, 900.0, 9.0
    return table


@pytest.mark.parametrize("architecture", DETECTORS)
def test_odd_rows_come_first_and_name_the_column_that_makes_them_odd(architecture, machines):
    built = architectures.build(block(architecture), "table", "anomalies", 0, 1)
    answers = anomalies.answer(built.fit(machines, None), machines)
    assert list(answers) == ["score", "below_spoiled", "columns"]
    odd = {298, 299} if architecture == "pca" else {297, 298, 299}  # which gives back what is noise
    assert odd <= set(answers["score"].nlargest(15).index)
    first = answers["columns"].str.split(", ").str[0]
    assert first[298] == "weight"
    assert first[297] == "noise" or architecture == "pca"
    assert set(", ".join(answers["columns"]).split(", ")) <= {*machines, ""}
    assert (answers["columns"] == "").mean() > 0.8


def test_the_threshold_is_the_stated_quantile_of_training_scores():
    answers = pd.DataFrame({"score": np.arange(101.0)})
    decision = anomalies.decision(None, answers, None, {"contamination": 0.1})
    assert decision == {"contamination": 0.1, "threshold": 90.0}
    assert anomalies.decision(None, answers, None, {})["threshold"] == 95.0
    decided = anomalies.decide(answers, None, decision)
    assert decided.value_counts().to_dict() == {"ordinary": 91, "anomaly": 10}


def test_labels_never_reach_what_learns(machines):
    """They stand in the rows, and a fit with other ones comes out the same."""
    fits = []
    for seed in range(2):
        y = pd.Series(np.random.default_rng(seed).integers(0, 2, 300).astype(str), name="odd")
        rows = Dataset(X=machines, y=y, ids=pd.Series(range(300)), fold=None)
        built = architectures.build(block("pca"), "table", "anomalies", 0, 1)
        fitted = architectures.fit(built, "anomalies", rows, "stratified")
        fits.append(anomalies.answer(fitted, machines))
    pd.testing.assert_frame_equal(*fits, check_exact=True)
    with pytest.raises(UserError, match="encode: target needs a target"):
        architectures.build(block("pca", encode="target"), "table", "anomalies", 0, 1)


def test_the_baseline_ranks_by_chance(machines):
    rows = np.column_stack([machines["height"], machines["noise"]])
    detector = baseline.anomalies(random_state=0).fit(rows)
    score = detector.score(rows)
    assert not score.any()
    assert (detector.below_spoiled(score) == 0.5).all()
    assert not detector.oddness(rows, score, np.arange(2)).any()


def test_prepare_tells_the_share_of_each_label():
    y = pd.Series(["no"] * 18 + ["yes"] * 2, name="odd")
    train = np.arange(20) % 2 == 0
    found = anomalies.check(y, {"train": train, "test": ~train})["class shares"]
    assert found["whole"] == {"no": 0.9, "yes": 0.1}
    assert found["test"] == {"no": 0.9, "yes": 0.1}
    assert anomalies.check(None, {"train": train}) == {}


def numbers(**columns):
    return pd.DataFrame({"a": range(20), **columns})


@pytest.mark.parametrize(
    ("y", "X", "told"),
    [
        (
            None,
            pd.DataFrame({"make": ["x"] * 20, "isin": [True] * 20}),
            r"None .* \('make', 'isin'\)",
        ),
        (pd.Series(["no"] * 20, name="odd"), numbers(), "'odd' is 'no' in all rows of whole"),
        (
            pd.Series(["no"] * 19 + ["yes"], name="odd"),
            numbers(),
            "'odd' is 'no' in all rows of train",
        ),
    ],
)
def test_what_cannot_be_judged_or_measured_is_told_in_one_sentence(y, X, told):
    train = np.arange(20) < 15
    with pytest.raises(UserError, match=told) as raised:
        anomalies.check(y, {"train": train, "test": ~train}, X)
    assert "\n" not in str(raised.value)


def test_dates_and_pictures_are_measured():
    parts = {"train": np.ones(20, dtype=bool)}
    for column in (pd.Timestamp("2020-01-01"), b"a picture's file", 1.5):
        assert anomalies.check(None, parts, pd.DataFrame({"x": [column] * 20})) == {}


def test_too_few_rows_are_refused():
    with pytest.raises(UserError, match="Only 3 rows are left to learn what is ordinary"):
        anomalies.check(None, {"train": np.array([True, True, True, False])})


@pytest.mark.parametrize(
    ("feature", "column"),
    [
        ("size", "size"),
        ("size_of_shoe", "size_of_shoe"),
        ("make_north", "make"),
        ("missingindicator_size", "size"),
        ("size^2", "size"),
        ("hash_3", "hash_3"),
        ("size make", "size make"),
    ],
)
def test_a_feature_belongs_to_the_column_that_it_is_made_of(feature, column):
    assert _owner(feature, ["size", "size_of_shoe", "make"]) == column
