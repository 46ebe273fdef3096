"""Scheduling alone: no Prefect, no DVC, stages that end when the test says so."""

import threading
from types import SimpleNamespace

import pytest

from caselab.params.running import Flow
from flows.durations import Durations, whole
from flows.plan import Plan, Request
from flows.progress import Lines
from flows.scheduling import Ending, Schedule

NEEDS = {
    "fetch@s": set(),
    "train@a": {"fetch@s"},
    "train@b": {"fetch@s"},
    "evaluate@a": {"train@a"},
    "evaluate@b": {"train@b"},
    "compare@c": {"evaluate@a", "evaluate@b"},
}


class Dag:
    def __init__(self):
        self.flushed = 0
        self.opened = self
        self.stages = {a: SimpleNamespace(verb=a.split("@")[0]) for a in NEEDS}

    def flush(self):
        self.flushed += 1


@pytest.fixture
def plan(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flow = Flow.model_validate({"slots": {"cores": 2, "memory": 8, "gpu": 0}})
    return Plan(
        Request(),
        SimpleNamespace(flow=flow, pipelines={}),
        Dag(),
        list(NEEDS),
        frozenset(),
        {address: ["never run"] for address in NEEDS},
        {address: frozenset(needs) for address, needs in NEEDS.items()},
    )


def run(plan, outcomes=None, cancel=None, on_submit=None):
    """Let every stage end at once; return the order in which they began, and the endings."""
    began = []

    def submit(address, tell):
        began.append(address)
        if on_submit:
            on_submit(address)
        tell(Ending((outcomes or {}).get(address, "done"), 1.0))

    schedule = Schedule(
        plan, submit, Lines(lambda _: None), cancel or threading.Event(), Durations(plan.params)
    )
    return began, schedule.run()


def test_every_stage_begins_after_all_it_needs(plan):
    began, endings = run(plan)
    assert sorted(began) == sorted(NEEDS)
    for address, needs in NEEDS.items():
        assert all(began.index(need) < began.index(address) for need in needs)
    assert {ending.outcome for ending in endings.values()} == {"done"}


def test_the_longest_chain_begins_first(plan):
    durations = Durations(plan.params)
    durations.record("evaluate@a", 1)
    durations.record("evaluate@b", 60)
    durations.save()
    assert plan.order(dict.fromkeys(NEEDS, 1.0) | {"evaluate@b": 60.0})[:2] == [
        "fetch@s",
        "train@b",
    ]
    began, _ = run(plan)
    assert began[:2] == ["fetch@s", "train@b"]


def test_followers_of_a_failure_are_skipped_and_the_rest_runs(plan):
    began, endings = run(plan, {"train@a": "failed"})
    assert "evaluate@b" in began
    assert endings["evaluate@a"] == Ending("skipped", why="train@a failed")
    assert endings["compare@c"].outcome == "skipped"


def test_what_is_cancelled_is_stopped_and_what_was_done_is_flushed(plan):
    cancel = threading.Event()

    def cancel_at_train(address):
        if address.startswith("train"):
            cancel.set()

    began, endings = run(plan, cancel=cancel, on_submit=cancel_at_train)
    assert began == ["fetch@s", "train@a"]
    assert endings["train@b"].outcome == endings["compare@c"].outcome == "stopped"
    assert plan.dag.flushed == 1


def test_no_more_than_the_slots_hold_runs_at_once(plan):
    running, most = set(), []
    tells = {}

    def submit(address, tell):
        running.add(address)
        most.append(sum(address.startswith("train") for address in running))
        tells[address] = tell
        timer = threading.Timer(0.02, finish, [address])
        timer.start()

    def finish(address):
        running.remove(address)
        tells[address](Ending("done", 0.02))

    one_core = Flow.model_validate(
        {"slots": {"cores": 2, "memory": 8, "gpu": 0}, "stages": {"train": {"cores": 2}}}
    )
    plan.params.flow = one_core
    schedule = Schedule(
        plan, submit, Lines(lambda _: None), threading.Event(), Durations(plan.params)
    )
    schedule.run()
    assert max(most) == 1


def test_an_error_in_between_still_records_what_is_done(plan):
    def submit(address, tell):
        if address != "fetch@s":
            raise RuntimeError("no more threads")
        tell(Ending("done", 1.0))

    schedule = Schedule(
        plan, submit, Lines(lambda _: None), threading.Event(), Durations(plan.params)
    )
    with pytest.raises(RuntimeError, match="no more threads"):
        schedule.run()
    assert plan.dag.flushed == 1


def test_durations_are_kept_and_guessed_from_the_like(plan, tmp_path):
    pipelines = {
        name: SimpleNamespace(architecture=architecture)
        for name, architecture in {"a": "mlp", "b": "mlp", "c": "svm"}.items()
    }
    params = SimpleNamespace(pipelines=pipelines)
    durations = Durations(params)
    assert durations.expected("train@a") is None
    durations.record("train@a", 20)
    durations.record("train@c", 4)
    durations.save()
    again = Durations(params)
    assert again.expected("train@a") == 20
    assert again.expected("train@b") == 20  # another mlp
    assert again.expected("train@new") == 12  # the median of trainings
    (tmp_path / ".caselab/durations.json").write_text("damaged")
    assert Durations(params).expected("train@a") is None


def test_the_whole_is_bounded_by_chain_and_by_cores():
    flow = Flow.model_validate({"slots": {"cores": 2, "memory": 8, "gpu": 0}})
    needs = {a: frozenset(n) for a, n in NEEDS.items()}
    chain = {"fetch@s": 1, "train@a": 50, "train@b": 1, "evaluate@a": 1, "evaluate@b": 1}
    assert whole(chain, needs, flow) == 52
    wide = {f"train@{i}": 3 for i in range(10)}
    assert whole(wide, dict.fromkeys(wide, frozenset()), flow) == 15
