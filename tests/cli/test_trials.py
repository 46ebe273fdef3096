import json

import pytest

from caselab.errors import UserError
from caselab.evaluation.comparison import Gain
from caselab.registry.history import Event
from caselab.trials import course, standing
from caselab.trials.course import Stopped
from caselab.trials.standing import Side, Standing
from tests.cli.test_cli import error_of, invoke

LATENCY = {"median": 4.25, "p99": 12.0}
STANDING = Standing(
    case="churn",
    since="2026-11-28T12:00:00.000000Z",
    share=0.1,
    champion=Side(1, "churn-logistic", 900, LATENCY, 450, 450, 0.842),
    challenger=Side(2, "churn-xgboost", 100, LATENCY, 150, 150, 0.851),
    answers=(),
    metric="ROC-AUC",
    confidence=0.95,
    gain=Gain(0.009, -0.02, 0.038),
)


@pytest.fixture
def started(project, monkeypatch):
    asked = []

    def start(case, version, share):
        asked.append((case, version, share))
        return Event(
            "trial started", 2, "k", "churn-xgboost", "for 10% of the ids, against version 1"
        )

    monkeypatch.setattr(course, "start", start)
    return asked


def test_a_share_is_written_in_percent(started):
    said = invoke("trial", "start", "churn", "2", "--share", "12.5%").output
    assert said.startswith("churn-xgboost (version 2) is on trial, for 10% of the ids")
    invoke("trial", "start", "churn", "challenger", "--shadow")
    assert started == [("churn", "2", 0.125), ("churn", "challenger", 0.0)]


@pytest.mark.parametrize("share", ["0%", "150%", "100%", "-5%", "10", "0.1", "much%", "nan%", "%"])
def test_what_is_no_share_is_refused(started, share):
    told = error_of("trial", "start", "churn", "2", f"--share={share}")
    assert f"--share {share} is no share of the ids; write one above 0% and below 100%" in told
    assert started == []


@pytest.mark.parametrize("how", [[], ["--share", "10%", "--shadow"]])
def test_either_a_share_or_the_shadow_is_said(started, how):
    assert "either --share, such as --share 10%, or --shadow" in error_of(
        "trial", "start", "churn", "2", *how
    )


@pytest.mark.parametrize("rest", [["start", "chrun", "2", "--shadow"], ["show", "chrun"], ["stop", "chrun"]])  # fmt: skip
def test_an_unknown_case_names_the_nearest(project, rest):
    assert "There is no case 'chrun'; the nearest: churn" in error_of("trial", *rest)


def test_show_tells_both_versions_and_the_gain(project, monkeypatch):
    monkeypatch.setattr(standing, "of", lambda params, case: STANDING)
    said = " ".join(invoke("trial", "show", "churn").output.split())
    assert "version 2 (churn-xgboost) is on trial for 10% of the ids since 2026-11-28 12:00" in said
    assert "gain in ROC-AUC +0.0090 [-0.0200, +0.0380] on 600 labelled records" in said
    assert "in 5% of trials at most this ever errs" in said
    told = json.loads(invoke("trial", "show", "churn", "--json").output)
    assert told["gain"] == {"value": 0.009, "low": -0.02, "high": 0.038}
    assert told["challenger"]["records"] == 100
    assert told["labelled"] == 600


def test_stop_says_what_came_of_it_and_what_the_gate_refuses(project, monkeypatch):
    stopped = Stopped(2, "churn-xgboost", False, "churn-xgboost is no longer on trial.")
    monkeypatch.setattr(course, "stop", lambda params, case, promote: stopped)
    assert invoke("trial", "stop", "churn").output == "churn-xgboost is no longer on trial.\n"

    def refuse(params, case, promote):
        assert promote
        raise UserError("Version 2 of churn does not become champion.")

    monkeypatch.setattr(course, "stop", refuse)
    assert "does not become champion" in error_of("trial", "stop", "churn", "--promote")
