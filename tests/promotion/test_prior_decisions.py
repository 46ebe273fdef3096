"""When there is nothing to decide, by what was decided before."""

import json
from pathlib import Path

import pytest

from caselab import params as parameters
from caselab.project import dvc_lock
from caselab.promotion import candidate as candidates
from caselab.promotion import prior_decisions
from caselab.promotion.prior_decisions import Standing
from caselab.registry.history import Event


def key() -> str:
    return candidates.chosen(parameters.load(), "churn").key


def event(what: str, **further: object) -> Event:
    told = {"version": 3, "key": key(), "pipeline": "churn-mlp", "why": "gain too small"}
    return Event(what=what, **(told | further))


def reason(params, *told: Event, champion: int | None = 2, champions_key: str = "other"):
    present = {"version": champion, "key": champions_key} if champion else None
    standing = Standing(present, told, prior_decisions.rules(params))
    return prior_decisions.already_decided(candidates.chosen(params, "churn"), standing)


def rewrite(file: str, change) -> None:
    content = json.loads(Path(file).read_text())
    change(content)
    Path(file).write_text(json.dumps(content))


def test_the_champion_itself_is_not_scored(params, locked):
    assert "is champion of churn already" in reason(params, champions_key=key())


def test_what_other_code_made_to_the_same_bytes_is_the_champion_itself(params, locked):
    before, run = key(), dvc_lock.stage("train@churn-mlp").key
    rewrite("dvc.lock", lambda lock: lock["stages"]["train@churn-mlp"].update(cmd="t again"))
    assert dvc_lock.stage("train@churn-mlp").key != run
    assert "is champion of churn already" in reason(params, champions_key=before)


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("reports/churn/churn-mlp/metrics.json", lambda m: m.update(decision={"threshold": 0.1})),
        ("dvc.lock", lambda lock: lock["stages"]["train@churn-mlp"]["outs"][0].update(md5="0")),
        ("dvc.lock", lambda lock: lock["stages"]["evaluate@churn-mlp"]["outs"][0].update(md5="0")),
    ],
    ids=["decides otherwise", "another model", "answers otherwise"],
)
def test_another_decision_model_or_answer_is_another_candidate(params, locked, file, change):
    before = key()
    rewrite(file, change)
    assert reason(params, champions_key=before) is None


def test_a_candidate_nobody_has_decided_on_is_scored(params, locked):
    assert reason(params) is None
    assert reason(params, event("lost", key="another")) is None


def test_who_lost_is_scored_again_only_against_another_champion_or_by_another_gate(params, locked):
    gate = prior_decisions.rules(params)
    assert "has lost already: gain too small" in reason(params, event("lost", against=2, gate=gate))
    assert reason(params, event("lost", against=1, gate=gate)) is None
    assert reason(params, event("lost", against=2, gate=gate | {"least_gain": 0.1})) is None
    assert "has lost already" in reason(
        params, event("lost", against=None, gate=gate), champion=None
    )


def test_who_was_rolled_back_stays_back(params, locked):
    told = [event("promoted"), event("rolled back", who="ada")]
    assert "was rolled back by ada" in reason(params, *told)


def test_a_former_champion_is_scored_again(params, locked):
    assert reason(params, event("promoted")) is None
