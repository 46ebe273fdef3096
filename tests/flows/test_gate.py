"""What happens after the stages, with a gate that nobody passes."""

import threading

import pytest

from caselab.errors import UserError
from caselab.project import places
from caselab.stages import process
from caselab.storage.files import write_json
from caselab.tracking import run_references
from caselab.tracking.run_references import RunReference
from flows import gate, plan
from flows.scheduling import Ending


@pytest.mark.parametrize(
    "error",
    [
        UserError("models/churn/one is damaged."),
        process.StageError("was killed", places.log("publish")),
        process.StageStoppedError(),
    ],
)
@pytest.mark.parametrize("promote", [True, False])
def test_what_waits_for_mlflow_is_sent_by_any_run_and_fails_none(
    project, monkeypatch, error, promote
):
    called = []

    def call_in_fork(function, *_, **__):
        called.append(function)
        raise error

    monkeypatch.setattr(process, "call_in_fork", call_in_fork)
    (places.pending() / "one-train-0123").mkdir(parents=True)
    made = plan.make(plan.Request(promote=promote))
    endings = {address: Ending("failed") for address in made.stale}
    assert gate.meet(made, endings, threading.Event()) == {}
    assert called == ["caselab.tracking.runs:publish_pending"]


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
    run_references.keep("one", RunReference("k", None, "1", "http://mlflow/#/1", 2.345))
    gate.show(["churn", "never_run"])
    kept = Artifact.get("leaderboard-churn")
    assert kept.type == "markdown"
    assert kept.description == "churn by roc_auc"
    lines = kept.data.splitlines()
    assert (
        "| 1 | [one](http://mlflow/#/1) | logistic | 0.8500 (0.8300 to 0.8700) |  | 2.3 |" in lines
    )
    assert "| 2 | two | logistic | 0.8500 (0.8300 to 0.8700) |  |  |" in lines
    assert "Published: roc_auc 0.842 (others)" in lines
