import json
from types import SimpleNamespace

from caselab.cli import looking
from tests.cli.test_cli import error_of, invoke


def test_list_shows_every_case_with_its_question(project):
    output = invoke("list").output
    assert "Which customers of a telephone company will leave?" in output
    assert "roc_auc" in output


def test_list_of_a_case_shows_pipelines_with_scores(finished):
    output = invoke("list", "churn").output
    assert "0.846 (0.836-0.856)" in output
    assert "churn-xgboost" in output  # it has not run, and is listed all the same


def test_list_as_json_has_every_pipeline(finished):
    (case,) = json.loads(invoke("list", "--json").output)["cases"]
    assert case["metric"] == "roc_auc"
    assert len(case["pipelines"]) == 10
    scores = {pipeline["name"]: pipeline["validation"] for pipeline in case["pipelines"]}
    assert scores["churn-logistic"]["value"] == 0.846
    assert scores["churn-svm"] is None


def test_leaderboard_joins_scores_with_time_size_and_published_figures(finished):
    output = invoke("leaderboard").output
    first = next(line for line in output.splitlines() if "churn-logistic" in line)
    assert "0.846 (0.836-0.856)" in first
    assert "12.5 s" in first
    assert "5.3 kB" in first
    assert "candidate" in first
    assert (
        "published roc_auc 0.842-0.850: projects ([bold])" in output
    )  # a word in brackets is no markup


def test_leaderboard_as_json_has_the_page_of_each_run(finished):
    (board,) = json.loads(invoke("leaderboard", "churn", "--json").output)["leaderboards"]
    page = "#/experiments/1/runs/r1?workflowType=machine_learning"
    assert board["rows"][0]["url"] == f"http://127.0.0.1:5000/{page}"
    (finished / ".caselab/mlflow-page").write_text("http://127.0.0.1:5017")  # by `caselab ui`
    (board,) = json.loads(invoke("leaderboard", "churn", "--json").output)["leaderboards"]
    assert board["rows"][0]["url"] == f"http://127.0.0.1:5017/{page}"
    assert board["rows"][1]["url"] is None
    assert board["published"][0]["source"] == "projects"


def test_leaderboard_before_any_run_says_how_to_get_one(project):
    assert error_of("leaderboard", "churn").endswith("run `caselab run churn`.")
    assert error_of("leaderboard").endswith("run `caselab run`.")


def test_a_damaged_leaderboard_is_one_sentence(finished):
    (finished / "leaderboards/churn/leaderboard.json").write_text("{")
    assert "leaderboard.json cannot be read" in error_of("leaderboard")


def test_a_study_means_all_its_cases():
    parameters = SimpleNamespace(cases={"news_topics": 0, "churn": 0, "news_themes": 0, "new": 0})
    assert looking.chosen(parameters, ["news", "churn"]) == ["news_topics", "news_themes", "churn"]
    assert looking.chosen(parameters, ["churn", "churn"]) == ["churn"]
