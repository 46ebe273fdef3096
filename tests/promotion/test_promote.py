"""What promotion refuses; the rest is in tests/end_to_end."""

import json
import subprocess
from pathlib import Path

import pytest

from caselab.errors import UserError
from caselab.project import dvc_lock
from caselab.promotion import candidate as candidates
from caselab.promotion.promote import promote


def test_without_a_leaderboard_there_is_no_candidate(params):
    with pytest.raises(UserError, match="run `caselab run churn`"):
        promote(params, "churn")


def test_with_tracking_off_nothing_is_promoted(params, locked, monkeypatch):
    monkeypatch.setenv("CASELAB_TRACKING", "off")
    with pytest.raises(UserError, match="CASELAB_TRACKING=off"):
        promote(params, "churn")


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
        promote(params, "churn")


def test_a_model_whose_evaluation_is_older_is_refused(params, locked):
    lock = json.loads(Path("dvc.lock").read_text())
    lock["stages"]["evaluate@churn-mlp"]["deps"][1]["md5"] = "0" * 32
    Path("dvc.lock").write_text(json.dumps(lock))
    with pytest.raises(UserError, match="out of date: models/churn/churn-mlp"):
        promote(params, "churn")


def test_code_outside_git_or_not_committed_is_refused(params, locked, project, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    with pytest.raises(UserError, match="not under git"):
        promote(params, "churn")
    for command in (["init", "-q"], ["add", "params.yaml"], ["commit", "-qm", "params"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *identity, *command], check=True)
    with pytest.raises(UserError, match=r"src/a\.py differs from the commit; commit first"):
        promote(params, "churn")


def test_data_that_nobody_keeps_are_refused_and_a_query_needs_its_text_alone(
    params, locked, project, monkeypatch
):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run(["git", *identity, *command], check=True)
    candidate = candidates.chosen(params, "churn")
    candidates.require_repeatable(params, candidate)
    for origin in ("shop.csv", "queries/shop.sql"):
        Path(origin).parent.mkdir(exist_ok=True)
        Path(origin).write_text("SELECT 1\n")
        digest = dvc_lock.content_hash(Path(origin))
        lock = json.loads(Path("dvc.lock").read_text())
        lock["stages"]["fetch@telco"] = {"cmd": "f", "deps": [{"path": origin, "md5": digest}]}
        Path("dvc.lock").write_text(json.dumps(lock))
        source = params.sources["telco"].model_copy(update={"origin": origin})
        own = params.model_copy(update={"sources": {"telco": source}})
        with pytest.raises(UserError, match=f"{origin}.*(neither Git nor DVC|commit)"):
            candidates.require_repeatable(own, candidate)
        committed = Path("params.yaml").read_text()
        Path("params.yaml").write_text(f"{committed}# edited\n")
        with pytest.raises(
            UserError, match=rf"^params\.yaml.* the commit, and {origin} is .*, and"
        ):
            candidates.require_repeatable(own, candidate)  # both in one sentence
        Path("params.yaml").write_text(committed)
        subprocess.run(["git", "add", "-A"], check=True)
        subprocess.run(["git", *identity, "commit", "-qm", "data"], check=True)
        candidates.require_repeatable(own, candidate)
    Path(origin).write_text("SELECT 2\n")
    subprocess.run(["git", *identity, "commit", "-qam", "another query"], check=True)
    with pytest.raises(UserError, match="not as it was read"):
        candidates.require_repeatable(own, candidate)
