"""A retraining is bounded, promotes nothing by itself, and leaves one line of history."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from caselab import params as parameters
from caselab.cases import load
from caselab.errors import UserError
from caselab.project import places
from caselab.project.locks import sole
from caselab.registry import champions, history
from caselab.registry.history import Event
from caselab.tracking import store
from caselab.trials import course
from flows import checkouts, labelled, retraining
from tests.registry.registered import decide_on, register
from tests.tracked_project import empty_store, params, project  # noqa: F401


@pytest.fixture
def champion(project):  # noqa: F811
    decide_on(register("churn-logistic"))
    return champions.champion("churn")


@pytest.fixture
def steps(monkeypatch, project):  # noqa: F811
    """The commands that run in the checkout; `promote` says what `steps.says` has."""

    class Steps(list):
        says = (
            "churn: lost. gain over churn-logistic 0.0001 [-0.0100, 0.0100] does not lie above 0."
        )
        fails = ""
        then = staticmethod(lambda: None)

    ran = Steps()
    ran.held = []

    def call(arguments, folder, say):
        ran.append(" ".join(arguments))
        if ran.fails and ran.fails in ran[-1]:
            return 2, ["caselab: The source does not answer."]
        if "promote" in arguments:
            ran.then()
            return 0, [ran.says]
        return 0, []

    monkeypatch.setattr(checkouts, "refresh", lambda _: project)
    monkeypatch.setattr(checkouts, "keep", lambda *_: False)
    monkeypatch.setattr(checkouts, "hold", lambda *names: ran.held.append(names))
    monkeypatch.setattr(checkouts, "call", call)
    return ran


def retrain(**words):
    return retraining.carry_out(parameters.load(), "churn", "it was time", print, **words)


def lines():
    return [event for event in champions.events("churn") if event.what == "retrained"]


def test_what_the_gate_refuses_stays_out_and_is_told(champion, steps):
    found = retrain()
    assert found.what == "kept"
    assert found.sentence.startswith("churn was retrained, as it was time: lost. gain over")
    assert champions.champion("churn")["version"] == champion["version"]
    (line,) = lines()
    assert (line.version, line.pipeline) == (1, "churn-logistic")
    assert line.why.startswith("it was time: lost.")
    assert steps == [
        "flows.run --while-stdin fetch@telco --refresh",
        "flows.run --while-stdin churn --no-promote",
        "caselab promote churn",
    ]


def test_what_the_gate_lets_pass_is_told_as_promoted(champion, steps):
    steps.says = "churn: promoted. It is better."
    steps.then = lambda: decide_on(register("churn-mlp"))
    found = retrain()
    assert (found.what, found.version) == ("promoted", 2)
    now = champions.champion("churn")
    assert (now["why"], now["pipeline"]) == ("so", "churn-mlp")  # of the gate, not of this line
    assert history.reigns(champions.events("churn")) == [1, 2]
    assert steps.held == [("retrain-churn", "churn/2")]  # or its commit would be nowhere


def test_while_a_trial_runs_no_work_is_done_that_could_change_nothing(champion, steps):
    decide_on(register("churn-mlp"), "lost")
    course.start("churn", "2", 0.1)
    with pytest.raises(retraining.TooSoonError, match="stays until it has ended; end it by"):
        retrain(anyway=True)
    assert steps == lines() == []


def test_it_comes_at_most_every_so_often(champion, steps):
    retrain()
    with pytest.raises(UserError, match=r"at_most_every in params.yaml is 86,400 seconds; wait"):
        retrain()
    assert retrain(anyway=True).what == "kept"
    old = (datetime.now(UTC) - timedelta(days=2)).replace(tzinfo=None).isoformat() + "Z"
    with store.client() as client:
        for event in lines():
            client.delete_registered_model_tag("churn", f"caselab.event.{event.when}")
        again = Event("retrained", 1, "k", "churn-logistic", "so", when=old)
        history.add(client, "churn", again)
    assert retrain().what == "kept"


def test_only_one_at_a_time(champion, steps):
    with (
        sole(places.retraining_lock("churn"), "busy"),
        pytest.raises(UserError, match="Another retraining of churn is at work"),
    ):
        retrain()
    assert steps == []


@pytest.mark.parametrize("step", ["fetch@", "--no-promote", "promote churn"])
def test_a_step_that_fails_leaves_the_champion_and_no_line(champion, steps, step):
    steps.fails = step
    with pytest.raises(UserError, match=r"churn-logistic stays champion: The source does not"):
        retrain()
    assert champions.champion("churn")["version"] == 1
    assert lines() == []


def test_without_a_champion_there_is_nothing_to_retrain(steps):
    with pytest.raises(UserError, match="no champion yet"):
        retrain()


def test_settings_are_tuned_before_where_params_ask_for_it(champion, steps):
    with Path("params.yaml").open("a") as file:
        file.write("retraining: {tune: true, trials: 5}\n")
    retrain()
    assert "flows.tuning --while-stdin churn-logistic --trials=5 --write" in steps


def test_labelled_requests_stand_beside_the_sources_records_and_replace_older_ones():
    known = pd.DataFrame({"customer_id": ["1", "2"], "tenure": [5, 6], "churn": ["No", "Yes"]})
    new = pd.DataFrame(
        {
            "request_id": ["r", "r", "s"],
            "row": [1, 2, 1],
            "customer_id": ["2", None, "3"],
            "tenure": ["7", "8", "9"],  # as it came, in text
            "churn": ["No", "No", "Yes"],
            "of nobody": [1, 2, 3],
        }
    )
    found = labelled.joined(load("churn"), known, new)
    assert found.to_dict("list") == {
        "customer_id": ["1", "2", "r/2", "3"],
        "tenure": ["5", "7", "8", "9"],
        "churn": ["No", "No", "No", "Yes"],
    }
    again = labelled.joined(load("churn"), found, new)
    pd.testing.assert_frame_equal(
        again.sort_values("customer_id", ignore_index=True),
        found.sort_values("customer_id", ignore_index=True),
    )


def test_too_soon_is_no_failure_where_a_schedule_asks(champion, steps, capsys, monkeypatch):
    retrain()
    monkeypatch.setattr(places, "enter_root", lambda: None)
    assert retraining.main(["churn"]) == 2
    assert retraining.main(["churn", "--when-due"]) == retraining.NOT_DUE
    assert "at_most_every" in capsys.readouterr().out
