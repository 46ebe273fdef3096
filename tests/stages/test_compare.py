import json

import pandas as pd
import pytest

from caselab import cases, params
from caselab.errors import UserError
from caselab.project import places
from caselab.stages import compare
from caselab.storage.files import write_json
from tests.stages.toys import PARAMS

NAMES = ("roc_auc", "accuracy")


@pytest.fixture
def settings(project):
    (project / "params.yaml").write_text(PARAMS)
    return params.load()


def leave_report(pipeline, folds, test, size=1000):
    write_json(
        places.report("churn", pipeline) / "metrics.json",
        {
            "test": dict.fromkeys(NAMES, test),
            "interval": dict.fromkeys(
                NAMES, [None, None] if test is None else [test - 0.1, test + 0.1]
            ),
            "validation": dict.fromkeys(NAMES, folds[0]),
            "folds": dict.fromkeys(NAMES, folds),
            "decision": {"threshold": 0.5},
            "size": size,
        },
    )


def board():
    return json.loads((places.leaderboard("churn") / "leaderboard.json").read_text())


def test_the_candidate_is_best_on_validation_whatever_test_says(settings):
    leave_report("toy-baseline", [0.5, 0.5, 0.5], test=0.5)
    leave_report("toy-logistic", [0.84, 0.85, 0.86], test=0.70)
    leave_report("toy-tree", [0.80, 0.81, 0.82], test=0.99)
    compare.run(settings, "churn")
    found = board()
    assert found["candidate"] == "toy-logistic"
    assert found["chosen_by"] == "validation"
    assert [row["pipeline"] for row in found["rows"]] == [
        "toy-logistic",
        "toy-tree",
        "toy-baseline",
    ]
    assert [row["architecture"] for row in found["rows"]][:2] == ["logistic", "decision_tree"]


def test_a_row_has_both_scores_with_intervals_and_every_test_metric(settings):
    leave_report("toy-tree", [0.80, 0.81, 0.82], test=0.79)
    compare.run(settings, "churn")
    [row] = board()["rows"]
    assert row["validation"]["value"] == pytest.approx(0.81)
    assert row["validation"]["low"] < 0.80 < 0.82 < row["validation"]["high"]
    assert row["test"] == {"value": 0.79, "low": pytest.approx(0.69), "high": pytest.approx(0.89)}
    assert row["metrics"] == {"roc_auc": 0.79, "accuracy": 0.79}


def test_published_figures_stand_beside_ours_with_their_source(settings):
    leave_report("toy-tree", [0.8, 0.8, 0.8], test=0.8)
    compare.run(settings, "churn")
    [figure] = board()["published"]
    published = cases.load("churn").published[0]
    assert (figure["figure"], figure["source"]) == (published.figure, published.source)
    assert tuple(figure["value"]) == published.value


def test_a_damaged_report_is_named_with_the_mend(settings):
    leave_report("toy-tree", [0.8, 0.8, 0.8], test=0.8)
    (places.report("churn", "toy-tree") / "metrics.json").write_text('{"test": {')
    with pytest.raises(UserError, match=r"metrics\.json is damaged.*remove it.*run toy-tree"):
        compare.run(settings, "churn")


def test_of_equal_scores_the_smaller_model_comes_first(settings):
    leave_report("toy-baseline", [0.8, 0.8], test=0.8, size=9000)
    leave_report("toy-logistic", [0.8, 0.8], test=0.9, size=2000)
    leave_report("toy-tree", [0.8, 0.8], test=0.8, size=1000)
    compare.run(settings, "churn")
    assert [row["size"] for row in board()["rows"]] == [1000, 2000, 9000]
    assert board()["candidate"] == "toy-tree"


def test_scores_that_are_not_defined_come_last(settings):
    leave_report("toy-logistic", [None, None], test=None)
    leave_report("toy-tree", [0.4, None], test=0.4)
    compare.run(settings, "churn")
    first, last = board()["rows"]
    assert (first["pipeline"], first["validation"]["value"]) == ("toy-tree", 0.4)
    assert last["validation"] == {"value": None, "low": None, "high": None}


def test_a_pipeline_that_params_no_longer_name_is_left_out(settings):
    leave_report("toy-tree", [0.8, 0.8], test=0.8)
    leave_report("gone", [0.9, 0.9], test=0.9)
    compare.run(settings, "churn")
    assert [row["pipeline"] for row in board()["rows"]] == ["toy-tree"]


def test_a_case_without_reports_says_how_to_mend_it(settings):
    with pytest.raises(UserError, match="No pipeline of the case churn"):
        compare.run(settings, "churn")
    assert not places.leaderboard("churn").exists()


def test_curves_of_all_pipelines_come_in_one_table(settings):
    for name, folds, rate in (("toy-tree", [0.7, 0.71], 0.5), ("toy-logistic", [0.8, 0.82], 0.25)):
        leave_report(name, folds, test=0.8)
        curve = places.report("churn", name) / "plots" / "roc.csv"
        curve.parent.mkdir()
        pd.DataFrame({"false_positive_rate": [0, 1], "true_positive_rate": [rate, 1]}).to_csv(
            curve, index=False
        )
    compare.run(settings, "churn")
    table = pd.read_csv(places.leaderboard("churn") / "curves" / "roc.csv")
    assert table["pipeline"].tolist() == ["toy-logistic"] * 2 + ["toy-tree"] * 2
    assert table["true_positive_rate"].tolist() == [0.25, 1, 0.5, 1]
    pictures = [file.name for file in (places.leaderboard("churn") / "plots").iterdir()]
    assert pictures == ["roc.png"]


def test_the_picture_and_the_table_lie_beside_it_and_repeat(settings):
    leave_report("toy-logistic", [0.84, 0.85, 0.86], test=0.8)
    leave_report("toy-tree", [0.80, 0.81, 0.82], test=0.8)
    found = []
    for _ in range(2):
        compare.run(settings, "churn")
        files = sorted(file for file in places.leaderboard("churn").iterdir() if file.is_file())
        found.append({file.name: file.read_bytes() for file in files})
    assert list(found[0]) == ["leaderboard.csv", "leaderboard.json", "leaderboard.png"]
    assert found[0] == found[1]
    table = pd.read_csv(places.leaderboard("churn") / "leaderboard.csv")
    assert table["pipeline"].tolist() == ["toy-logistic", "toy-tree"]
