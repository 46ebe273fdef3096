from caselab.project import places
from caselab.storage.files import write_json
from caselab.tracking import run_references
from caselab.tracking.run_references import RunReference
from flows import leaderboard_page


def test_the_leaderboard_on_prefects_page_leads_to_mlflows_runs(project, prefect_server):
    from prefect.artifacts import Artifact

    row = {
        "pipeline": "one",
        "architecture": "logistic",
        "validation": {"value": 0.85, "low": 0.83, "high": 0.87},
        "test": {"value": None, "low": None, "high": None},
        "size": 100,
    }
    board = {
        "case": "churn",
        "metric": "roc_auc",
        "rows": [row, row | {"pipeline": "two"}],
        "published": [{"figure": "roc_auc", "value": 0.842, "source": "others", "note": ""}],
    }
    write_json(places.leaderboard("churn") / "leaderboard.json", board)
    run_references.keep("one", RunReference("k", None, "1", "experiments/1/runs/1", 2.345, 0.004))
    leaderboard_page.show(["churn", "never_run"])
    kept = Artifact.get("leaderboard-churn")
    assert kept.type == "markdown"
    assert kept.description == "churn by roc_auc"
    lines = kept.data.splitlines()
    url = "http://127.0.0.1:5000/#/experiments/1/runs/1?workflowType=machine_learning"
    assert f"| 1 | [one]({url}) | logistic | 0.8500 (0.8300 to 0.8700) |  | 2.3 |" in lines
    assert "| 2 | two | logistic | 0.8500 (0.8300 to 0.8700) |  |  |" in lines
    assert "Published: roc_auc 0.842 (others)" in lines
