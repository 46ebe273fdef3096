"""How a trial stands: whose answers count, by how much one is better, and when nobody knows."""

import pandas as pd
import pytest

from caselab.evaluation.metrics.classification import METRICS
from caselab.trials import course, standing
from tests.registry.registered import decide_on, register
from tests.trials.asked import bad, customers, good, label, log


@pytest.fixture
def trial(three_champions):
    """Start a trial of version 4 and return its name."""
    decide_on(register("churn-xgboost"), "lost")
    return lambda share: course.start("churn", "4", share).when


def auc(customers, yes):
    answers = pd.DataFrame({"No": 1 - yes, "Yes": yes})
    from caselab import cases

    return METRICS["roc_auc"].function(customers["churn"], answers, {}, cases.load("churn"))


def test_each_version_is_scored_on_what_it_answered(trial, params):
    name = trial(0.5)
    asked = customers(800)
    ours, theirs = asked[::2].reset_index(drop=True), asked[1::2].reset_index(drop=True)
    log(ours, bad(ours), 3, name, latency=4.0)
    log(theirs, good(theirs), 4, name, latency=9.0)
    other = customers(50, seed=1).assign(customer_id=lambda c: "x" + c["customer_id"])
    log(other, bad(other), 3, "")  # what fell back to the champion counts for neither
    label(asked)
    found = standing.of(params, "churn")
    assert (found.champion.records, found.challenger.records) == (400, 400)
    assert (found.champion.latency["median"], found.challenger.latency["median"]) == (4.0, 9.0)
    assert found.champion.value == pytest.approx(auc(ours, bad(ours)))
    assert found.challenger.value == pytest.approx(auc(theirs, good(theirs)))
    assert found.gain.value == pytest.approx(found.challenger.value - found.champion.value)
    assert found.gain.low > 0
    assert found.verdict.startswith("version 4 is better: gain in ROC-AUC +0.")
    assert "on 800 labelled records" in found.verdict
    assert {change.name for change in found.answers} == {"Yes", "decision"}


def test_in_the_shadow_the_same_records_are_compared_which_tells_more(trial, params):
    name = trial(0.0)
    asked = customers(400)
    log(asked, good(asked), 3, name)
    log(asked[::-1].reset_index(drop=True)[:300], good(asked[::-1].reset_index(drop=True)[:300]) * 0.9, 4, name, shadow=True)  # fmt: skip
    label(asked)
    found = standing.of(params, "churn")
    assert found.labelled == 300
    assert found.gain.value == pytest.approx(0, abs=1e-9)  # the same order of the same customers
    assert found.gain.high - found.gain.low < 1e-6
    assert found.verdict.startswith("nobody knows yet which is better: gain")


@pytest.mark.parametrize("share", [0.5, 0.0])
def test_where_less_is_better_the_gain_is_what_the_challenger_loses_less(
    trial, params, monkeypatch, share
):
    brier = METRICS["brier"]
    assert not brier.greater_is_better
    monkeypatch.setattr(standing.quality, "metric_of", lambda case: brier)
    name = trial(share)
    asked = customers(800)
    ours, theirs = (
        (asked, asked) if share == 0 else (asked[:400], asked[400:].reset_index(drop=True))
    )
    log(ours, bad(ours), 3, name)
    log(theirs, good(theirs), 4, name, shadow=share == 0)
    label(asked)
    found = standing.of(params, "churn")
    assert found.challenger.value < found.champion.value
    assert found.gain.value == pytest.approx(found.champion.value - found.challenger.value)
    assert found.gain.low > 0
    assert found.verdict.startswith("version 4 is better: gain in Brier score +0.")


def test_without_labels_nothing_is_told_of_the_gain(trial, params):
    name = trial(0.5)
    found = standing.of(params, "churn")
    assert (found.champion.records, found.gain, found.answers) == (0, None, ())
    asked = customers(150)
    log(asked, good(asked), 3, name)
    found = standing.of(params, "churn")
    assert found.gain is None
    assert found.verdict == (
        "nobody knows yet which is better: 0 labelled ids of one version, and 100 are the least"
    )


def test_a_customer_who_asks_often_counts_once(trial, params):
    name = trial(0.5)
    asked = customers(200)
    often = pd.concat([asked.head(90)] * 3, ignore_index=True)
    log(often, good(often), 3, name)
    log(asked, good(asked), 4, name)
    label(asked)
    found = standing.of(params, "churn")
    assert found.gain is None  # 270 answers, of 90 customers
    assert "90 labelled ids of one version, and 100 are the least" in found.verdict
