"""What a watch leaves on Prefect's page, and when a schedule retrains."""

from types import SimpleNamespace

import pytest

from caselab.params.running import Schedule
from caselab.watching.watch import TooFewError
from flows import retraining, scheduled, schedules, watch


def change(**words):
    plain = {"name": "contract", "moved": True, "part": "inputs", "effect": 0.2, "adjusted": 0.0}
    return plain | {"before": "One year | 20%", "now": "Two year"} | words


def test_the_artifact_tells_the_sentences_and_every_change():
    found = {"sentences": ["churn: 1 moved.", "contract: so."], "changes": [change()]}
    said = watch.markdown(found).splitlines()
    assert said[:3] == ["churn: 1 moved.", "", "contract: so."]
    assert said[-1] == "| contract | **moved** | 20% | 0.000 | One year / 20% | Two year |"


def test_too_few_requests_end_a_flow_well_and_a_file_of_too_few_fails_it(monkeypatch):
    def too_few(*_):
        raise TooFewError("There are 3 rows of churn, too few.")

    said = []
    monkeypatch.setattr(watch, "get_run_logger", lambda: SimpleNamespace(info=said.append))
    monkeypatch.setattr(watch.places, "enter_root", lambda: None)
    monkeypatch.setattr(watch.parameters, "load", lambda: None)
    monkeypatch.setattr(watch.watching, "carry_out", too_few)
    ended = watch.watch.fn("churn")
    assert ended.is_completed()
    assert [ended.message] == said == ["There are 3 rows of churn, too few."]
    with pytest.raises(TooFewError):
        watch.watch.fn("churn", "customers.csv")


@pytest.mark.parametrize(
    ("codes", "retrained", "code"),
    [({"a": 0, "b": 0}, ["c"], 0), ({"a": 1, "b": 0}, ["a", "c"], 0), ({"a": 2, "b": 1}, ["c"], 2)],
)
def test_a_watched_case_is_retrained_on_alarm_and_others_each_time(
    monkeypatch, tmp_path, codes, retrained, code
):
    ran = []

    told = []

    def call(arguments, folder):
        if arguments[0] == "caselab":
            return codes[arguments[2]], []
        ran.append(arguments[2])
        return retraining.NOT_DUE if arguments[2] == "c" else 0, ["…", f"{arguments[2]}: so"]

    monkeypatch.setattr(scheduled, "_call", call)
    monkeypatch.setattr(scheduled, "_tell", lambda folder, *what: told.append(what))
    monkeypatch.setattr(watch, "show", lambda case: None)
    monkeypatch.setattr(watch, "sentences", lambda case: f"{case} moved")
    wanted = Schedule(interval=60, watch=("a", "b"), retrain=("a", "c"))
    assert scheduled._watch_and_retrain(wanted, tmp_path) == code
    assert ran == retrained
    alarms = [case for case in codes if codes[case] == 1]
    of_alarms = [(f"caselab: {case} has moved", f"{case} moved") for case in alarms]
    of_retrained = [
        (f"caselab: {case} was retrained", f"{case}: so") for case in retrained if case != "c"
    ]
    assert told == of_alarms + of_retrained


def test_a_champion_answers_for_the_projects_own_files(monkeypatch, tmp_path):
    """A schedule runs in a checkout, whose files are what is committed."""
    ran = []
    monkeypatch.setattr(
        scheduled, "_call", lambda words, folder: (ran.append((words, folder)), (0, []))[1]
    )
    monkeypatch.chdir(tmp_path)
    scoring = {"a": "new.csv", "b": {"origin": "q.sql", "database": "env:SHOP", "into": "out"}}
    wanted = Schedule(interval=60, score=scoring)
    assert scheduled._score(wanted, tmp_path / "checkout") == 0
    assert schedules._what(wanted) == "score a, score b"
    first, second = (words for words, _ in ran)
    assert first == ["caselab", "score", "a", f"{tmp_path}/new.csv", f"--into={tmp_path}/scores/a"]
    assert second[3:] == [f"{tmp_path}/q.sql", f"--into={tmp_path}/out", "--database=env:SHOP"]
    monkeypatch.setattr(scheduled, "_call", lambda words, folder: (2 * (words[2] == "a"), []))
    assert scheduled._score(wanted, tmp_path) == 2


def test_a_schedule_says_what_it_watches_and_retrains():
    daily = Schedule(interval=60, cases=("z",), watch=("a",), retrain=("a", "b"))
    assert schedules._what(daily) == "z, watch a, retrain a on alarm, retrain b"
    assert [*schedules._named(daily)] == ["z", "a", "a", "b"]
