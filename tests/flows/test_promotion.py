"""What happens after the stages, with a gate that nobody passes."""

import threading
from types import SimpleNamespace

import pytest

from caselab.errors import UserError
from caselab.project import places
from caselab.stages import process
from flows import plan, promotion
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
    assert promotion.promote_candidates(made, endings, threading.Event(), None) == {}
    assert called == ["caselab.tracking.runs:publish_pending"]


@pytest.mark.parametrize(
    ("override", "asked"),
    [("flow.slots.cores=1", True), ("pipelines.one.model.alpha=2", False)],
)
def test_values_that_results_come_of_stop_a_promotion(monkeypatch, override, asked):
    gates = []
    request = plan.Request(overrides=(override,))
    monkeypatch.setattr(promotion.outcomes, "compared", lambda *_: ["toy"])
    monkeypatch.setattr(promotion, "_publish_pending", lambda *_: None)

    def begin(address, *_):
        gates.append(address)
        return lambda: Ending("done", why="asked")

    made = SimpleNamespace(
        request=request,
        params=SimpleNamespace(flow=SimpleNamespace(slots=SimpleNamespace(cores=1))),
    )
    told = promotion.promote_candidates(made, {}, threading.Event(), begin)
    assert gates == (["promote@toy"] if asked else [])
    assert ("not promoted" in told["toy"]) is not asked
