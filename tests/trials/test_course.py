"""How a trial starts and ends: one at a time, told in the history, promoted by the gate alone."""

import pytest

from caselab.errors import UserError
from caselab.registry import champions, history, versions
from caselab.tracking import store
from caselab.trials import course
from tests.registry.registered import champion, decide_on, register
from tests.trials.asked import bad, customers, good, label, log


@pytest.fixture
def challenger(three_champions):
    """A fourth version, which has lost to the third."""
    version = register("churn-xgboost")
    decide_on(version, "lost")
    return version


def told():
    return [(event.what, event.version) for event in champions.events("churn")][4:]


def test_a_trial_is_told_in_the_history_and_known_to_servers(challenger):
    course.start("churn", "challenger", 0.1)
    found = champions.champion("churn", surely=True)
    assert found["version"] == 3
    trial = found["trial"]
    assert (trial["version"], trial["against"], trial["share"]) == (4, 3, 0.1)
    assert trial["pipeline"] == "churn-xgboost"
    assert trial["folder"].endswith("artifacts")
    assert champions.events("churn")[-1].why == "for 10% of the ids, against version 3 (churn-mlp)"
    assert told() == [("trial started", 4)]


def test_a_trial_that_is_stopped_leaves_the_champion(challenger, params):
    course.start("churn", "4", 0.0)
    stopped = course.stop(params, "churn")
    assert (
        "churn-xgboost (version 4) is no longer on trial of churn: nobody knows" in stopped.sentence
    )
    assert champion() == 3
    assert champions.champion("churn")["trial"] is None
    assert told() == [("trial started", 4), ("trial stopped", 4)]
    course.start("churn", "4", 0.5)


def refused(*arguments):
    with pytest.raises(UserError) as error:
        course.start("churn", *arguments)
    assert told() == []
    return str(error.value)


def test_what_cannot_be_tried_is_refused(challenger):
    assert "no version '7'; there are 4, 3, 2, 1, challenger" in refused("7", 0.1)
    assert "Version 3 is the champion of churn itself" in refused("3", 0.1)
    assert "Version 3 is the champion of churn itself" in refused("champion", 0.1)
    (versions.folder(challenger) / "weights").write_text("others")
    assert "Version 4 of churn is not what was registered" in refused("4", 0.1)


def test_a_second_trial_is_refused_while_one_runs(challenger):
    course.start("churn", "4", 0.1)
    with pytest.raises(
        UserError, match=r"version 4 \(churn-xgboost\) of churn runs since .* end it"
    ):
        course.start("churn", "2", 0.1)


def test_without_a_trial_nothing_stops(challenger, params):
    with pytest.raises(UserError, match="No trial of churn runs; `caselab trial start churn"):
        course.stop(params, "churn", promote=True)


def test_a_rollback_ends_the_trial_and_says_so(challenger):
    course.start("churn", "4", 0.1)
    assert champions.rollback("churn")["trial"] is None
    assert champions.events("churn")[-1].why.endswith("; the trial of version 4 ends with it")


def tried(answers, n=600):
    """Let two versions answer the same customers, the challenger in the shadow, and label them."""
    trial = course.start("churn", "4", 0.0).when
    asked = customers(n)
    log(asked, bad(asked), 3, trial)
    log(asked, answers(asked), 4, trial, shadow=True)
    label(asked)


def test_a_better_version_is_promoted_and_the_other_does_not_come_back_by_its_test_rows(
    challenger, params
):
    tried(good)
    stopped = course.stop(params, "churn", promote=True)
    assert stopped.promoted
    assert "is champion of churn: gain over churn-mlp 0." in stopped.sentence
    assert "in a trial with 600 labelled records" in stopped.sentence
    assert champion() == 4
    ends = [("trial stopped", 4), ("promoted", 4), ("lost", 3)]
    assert told()[1:] == ends
    last = champions.events("churn")[-1]
    assert (last.against, last.gate["rule"]) == (4, "superior")
    assert versions.version("churn", 4).tags["caselab.decision"] == "promoted"
    assert history.reigns(champions.events("churn")) == [1, 2, 3, 4]
    assert champions.rollback("churn")["version"] == 3


def test_an_older_version_is_no_retraining_of_its_pipeline(three_champions, params):
    """Which would only have to be no worse."""
    decide_on(register("churn-mlp"))
    trial = course.start("churn", "3", 0.0).when
    asked = customers(600)
    log(asked, good(asked), 4, trial)
    log(asked, good(asked), 3, trial, shadow=True)
    label(asked)
    with pytest.raises(UserError, match="Version 3 of churn does not become champion"):
        course.stop(params, "churn", promote=True)


def test_a_kill_in_the_middle_of_a_promotion_leaves_the_trial_to_be_ended_again(
    challenger, params, monkeypatch
):
    class KilledError(Exception):
        pass

    def killed(*_):
        raise KilledError

    tried(good)
    with monkeypatch.context() as patched:
        patched.setattr(course.recording, "crown", killed)
        with pytest.raises(KilledError):
            course.stop(params, "churn", promote=True)
    assert champion() == 3
    assert course.stop(params, "churn", promote=True).promoted
    assert champion() == 4


def test_a_trial_of_a_version_that_was_deleted_can_be_ended(challenger, params):
    course.start("churn", "4", 0.5)
    with store.client() as client:
        client.delete_model_version("churn", "4")
        champions.refresh(client, "churn")
    stopped = course.stop(params, "churn")
    assert "is no longer on trial of churn: nobody knows how it stood" in stopped.sentence
    assert told()[-1] == ("trial stopped", 4)
    course.start("churn", "2", 0.5)


@pytest.mark.parametrize("n", [600, 30])
def test_the_gate_refuses_who_is_no_better_and_who_has_too_few_labels(challenger, params, n):
    tried(bad, n)
    with pytest.raises(UserError, match=r"Version 4 of churn does not become champion: .* goes on"):
        course.stop(params, "churn", promote=True)
    assert told() == [("trial started", 4)]
    assert champion() == 3
