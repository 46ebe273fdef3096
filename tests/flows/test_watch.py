"""What a watch leaves on Prefect's page, and when a schedule retrains."""

import pytest

from caselab.params.blocks import Schedule
from flows import scheduled, schedules, watch


def change(**words):
    plain = {"name": "contract", "moved": True, "part": "inputs", "effect": 0.2, "adjusted": 0.0}
    return plain | {"before": "One year | 20%", "now": "Two year"} | words


def test_the_artifact_tells_the_sentences_and_every_change():
    found = {"sentences": ["churn: 1 moved.", "contract: so."], "changes": [change()]}
    said = watch.markdown(found).splitlines()
    assert said[:3] == ["churn: 1 moved.", "", "contract: so."]
    assert said[-1] == "| contract | **moved** | 20% | 0.000 | One year / 20% | Two year |"


@pytest.mark.parametrize(
    ("codes", "retrained", "code"),
    [({"a": 0, "b": 0}, ["c"], 0), ({"a": 1, "b": 0}, ["a", "c"], 0), ({"a": 2, "b": 1}, ["c"], 2)],
)
def test_a_watched_case_is_retrained_on_alarm_and_others_each_time(
    monkeypatch, tmp_path, codes, retrained, code
):
    ran = []

    def call(arguments, folder):
        if arguments[0] == "caselab":
            return codes[arguments[2]]
        ran.append(arguments[2])
        return 0

    monkeypatch.setattr(scheduled, "_call", call)
    monkeypatch.setattr(watch, "show", lambda case: None)
    wanted = Schedule(interval=60, watch=("a", "b"), retrain=("a", "c"))
    assert scheduled._watch_and_retrain(wanted, tmp_path) == code
    assert ran == retrained


def test_a_schedule_says_what_it_watches_and_retrains():
    daily = Schedule(interval=60, cases=("z",), watch=("a",), retrain=("a", "b"))
    assert schedules._what(daily) == "z, watch a, retrain a on alarm, retrain b"
    assert [*schedules._named(daily)] == ["z", "a", "a", "b"]
