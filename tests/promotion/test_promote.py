"""What promotion refuses, and when there is nothing to decide; the rest is in tests/end_to_end."""

import json
import subprocess
from pathlib import Path

import pytest

from caselab import params as parameters
from caselab.errors import UserError
from caselab.project import dvc_lock
from caselab.promotion import candidate as candidates
from caselab.promotion import prior_decisions, promote
from caselab.promotion.prior_decisions import Standing
from caselab.registry.history import Event


@pytest.fixture
def locked(params, trained, project: Path) -> None:
    """The leaderboard chose churn-mlp, and dvc.lock has its stages as they lie here."""
    board = project / "leaderboards/churn/leaderboard.json"
    board.parent.mkdir(parents=True)
    board.write_text(json.dumps({"candidate": "churn-mlp"}))
    (project / "src").mkdir()
    (project / "src/a.py").write_text("a = 1\n")
    model = {
        "path": "models/churn/churn-mlp",
        "md5": dvc_lock.content_hash(Path("models/churn/churn-mlp")),
    }
    listed = project / "data/imports/stages/train.txt"
    listed.parent.mkdir(parents=True)
    listed.write_text(f"src/a.py {dvc_lock.content_hash(Path('src/a.py'))}\n")
    code = {
        "path": "data/imports/stages/train.txt",
        "md5": dvc_lock.content_hash(listed),
    }
    rows = {"path": "reports/churn/churn-mlp/rows", "md5": "1" * 32}
    values = {"params.yaml": {"seed": 7}}
    stages = {
        "train@churn-mlp": {"cmd": "t", "deps": [code], "params": values, "outs": [model]},
        "evaluate@churn-mlp": {"cmd": "e", "deps": [code, model], "outs": [rows]},
    }
    (project / "dvc.lock").write_text(json.dumps({"stages": stages}))


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


def test_without_a_leaderboard_there_is_no_candidate(params):
    with pytest.raises(UserError, match="run `caselab run churn`"):
        promote.promote(params, "churn")


def test_with_tracking_off_nothing_is_promoted(params, locked, monkeypatch):
    monkeypatch.setenv("CASELAB_TRACKING", "off")
    with pytest.raises(UserError, match="CASELAB_TRACKING=off"):
        promote.promote(params, "churn")


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("src/a.py", "a = 2\n", "src/a.py"),
        ("data/imports/stages/train.txt", "src/a.py 1\n", "data/imports/stages/train.txt"),
        ("models/churn/churn-mlp/model.safetensors", "y", "models/churn/churn-mlp"),
        ("params.yaml", "seed: 8\n", "seed"),
    ],
)
def test_a_model_that_is_out_of_date_is_refused(params, locked, path, content, said):
    Path(path).write_text(content)
    with pytest.raises(UserError, match=f"out of date: {said} changed"):
        promote.promote(params, "churn")


def test_a_model_whose_evaluation_is_older_is_refused(params, locked):
    lock = json.loads(Path("dvc.lock").read_text())
    lock["stages"]["evaluate@churn-mlp"]["deps"][1]["md5"] = "0" * 32
    Path("dvc.lock").write_text(json.dumps(lock))
    with pytest.raises(UserError, match="out of date: models/churn/churn-mlp"):
        promote.promote(params, "churn")


def test_code_outside_git_or_not_committed_is_refused(params, locked, project, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    with pytest.raises(UserError, match="not under git"):
        promote.promote(params, "churn")
    for command in (["init", "-q"], ["add", "params.yaml"], ["commit", "-qm", "params"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *identity, *command], check=True)
    with pytest.raises(UserError, match=r"src/a\.py differs from the commit; commit first"):
        promote.promote(params, "churn")
