"""dag/ against DVC itself, on a small project of its own."""

import contextlib
import os
import shutil
import subprocess
import sys
import termios
from pathlib import Path

import pytest
import yaml

from caselab.dag import Dag
from caselab.dag.opened import provenance
from caselab.errors import UserError
from caselab.project import lock_merge
from tests.dag.toys import DVC_YAML, PARAMS, dvc, set_depth, walk

CHURN = {
    "prepare@churn",
    "train@churn-a",
    "train@churn-b",
    "evaluate@churn-a",
    "evaluate@churn-b",
    "compare@churn",
}


def test_a_walk_leaves_the_lock_that_dvc_repro_leaves(project, tmp_path):
    assert len(walk(Dag())) == 10
    ours = yaml.safe_load(Path("dvc.lock").read_text())
    assert "Running stage" not in dvc("repro")
    assert dvc("status") == "Data and pipelines are up to date.\n"

    Path("dvc.lock").unlink()
    shutil.rmtree(".dvc/cache")
    for folder in ("data", "models", "reports", "leaderboards"):
        shutil.rmtree(folder)
    dvc("repro")
    assert yaml.safe_load(Path("dvc.lock").read_text()) == ours
    assert Dag().stale() == {}


def test_a_dependency_that_is_new_is_recorded_as_dvc_records_it(project, tmp_path, monkeypatch):
    walk(Dag())
    Path("more.txt").write_text("more")
    Path("dvc.yaml").write_text(
        DVC_YAML.replace("[body.py, raw.txt]", "[body.py, raw.txt, more.txt]")
    )
    assert "more.txt is a new dependency" in Dag().stale()["prepare@churn"]
    shutil.copytree(project, tmp_path / "other", symlinks=True)
    walk(Dag())
    ours = yaml.safe_load(Path("dvc.lock").read_text())
    monkeypatch.chdir(tmp_path / "other")
    dvc("repro")
    assert yaml.safe_load(Path("dvc.lock").read_text()) == ours
    assert Dag().stale() == {}


def test_a_parameter_makes_its_own_train_and_what_follows_stale(project):
    walk(Dag())
    set_depth(9)
    assert Dag().stale() == {
        "train@churn-a": ["pipelines.churn-a.model.depth: 1 → 9"],
        "evaluate@churn-a": ["after train@churn-a"],
        "compare@churn": ["after evaluate@churn-a"],
    }
    # evaluate's bytes do not depend on the depth here, so compare has nothing to do.
    assert walk(Dag()) == ["train@churn-a", "evaluate@churn-a"]
    assert Dag().stale() == {}
    assert "up to date" in dvc("status")


def test_the_run_cache_gives_back_what_ran_before(project):
    walk(Dag())
    set_depth(9)
    walk(Dag())
    set_depth(1)
    dag = Dag()
    assert next(iter(dag.stale())) == "train@churn-a"
    assert dag.opened.start("train@churn-a") == "restored"
    assert dag.opened.start("evaluate@churn-a") == "restored"
    assert dag.opened.start("compare@churn") == "unchanged"
    dag.opened.flush()
    assert "'depth': 1" in Path("models/churn/churn-a/content.txt").read_text()
    assert "up to date" in dvc("status")


@pytest.mark.parametrize("force", [set(), {"train@churn-a"}])
def test_a_stage_that_failed_and_is_tried_again_is_not_given_what_it_left_before(project, force):
    """DVC has noted the new inputs by then, and has the old outputs in its cache."""
    walk(Dag())
    set_depth(9)
    dag = Dag()
    assert dag.opened.start("train@churn-a", force=bool(force)) == "run"
    assert dag.opened.start("train@churn-a", force=bool(force)) == "run"  # the first body raised
    dag.opened.flush()
    assert Dag().stale()["train@churn-a"][0] == "pipelines.churn-a.model.depth: 1 → 9"


def test_outputs_that_are_missing_after_a_run_are_not_those_of_the_run_before(project):
    walk(Dag())
    set_depth(9)
    dag = Dag()
    assert dag.opened.start("train@churn-a") == "run"
    with pytest.raises(UserError, match="models/churn/churn-a"):
        dag.opened.finish("train@churn-a")
    assert dag.opened.start("train@churn-a") == "run"


def test_an_override_counts_without_editing(project):
    walk(Dag())
    changed = Dag(overrides=["pipelines.churn-b.model.depth=7"])
    assert changed.stale()["train@churn-b"] == ["pipelines.churn-b.model.depth: 2 → 7"]
    assert changed.opened.key("train@churn-b") != Dag().opened.key("train@churn-b")
    assert changed.opened.key("train@churn-a") == Dag().opened.key("train@churn-a")
    assert Dag().stale() == {}


def test_one_stage_alone_is_made_from_the_same(project):
    """Before it has run, and without opening the rest of the DAG."""
    assert provenance("prepare@churn") == Dag().opened.provenance("prepare@churn")
    walk(Dag())
    for address in ("train@churn-a", "evaluate@churn-a"):
        alone = provenance(address)
        assert alone == Dag().opened.provenance(address)
        assert alone.run == Dag().opened.key("train@churn-a")
    set_depth(9)
    assert provenance("train@churn-a").key == Dag().opened.key("train@churn-a") != alone.run


def test_a_fresh_clone_restores_from_the_shared_cache(project, tmp_path):
    walk(Dag())
    for folder in ("data", "models", "reports", "leaderboards"):
        shutil.rmtree(folder)
    Path("ran.log").unlink()
    dag = Dag()
    reasons = dag.stale()
    assert reasons["prepare@churn"] == ["data/churn is missing"]
    assert "after prepare@churn" in reasons["train@churn-a"]
    assert walk(dag) == []
    assert not Path("ran.log").exists()
    assert Dag().stale() == {}


def test_targets_take_what_they_need_and_nothing_else(project):
    dag = Dag()
    assert set(dag.select(["churn"])) == CHURN
    assert set(dag.select(["news"])) == set(dag.select(["news_topics"]))
    assert dag.select(["churn-b"]) == ["prepare@churn", "train@churn-b", "evaluate@churn-b"]
    assert dag.select(["train@churn-b"]) == ["prepare@churn", "train@churn-b"]
    assert len(dag.select()) == 10
    with pytest.raises(UserError, match=r"'chrun'.*churn"):
        dag.select(["chrun"])


def test_force_runs_a_stage_again_but_not_what_stays_equal(project):
    walk(Dag())
    dag = Dag()
    assert dag.stale(force={"prepare@churn"})["prepare@churn"] == ["asked for"]
    assert walk(dag, force={"prepare@churn"}) == ["prepare@churn"]


def test_a_block_that_is_gone_takes_its_outputs_with_it(project):
    walk(Dag())
    params = {**PARAMS, "pipelines": dict(PARAMS["pipelines"])}
    del params["pipelines"]["churn-b"]
    Path("params.yaml").write_text(yaml.safe_dump(params))
    dag = Dag()
    assert dag.opened.remove_orphans() == ["reports/churn/churn-b", "models/churn/churn-b"]
    assert not Path("models/churn/churn-b").exists()
    assert Path("models/churn/churn-a").exists()
    assert "train@churn-b" not in yaml.safe_load(Path("dvc.lock").read_text())["stages"]
    assert list(Dag().stale()) == ["compare@churn"]


def test_what_no_stage_makes_is_nothing_that_compare_depends_on(project):
    """Folders of pipelines that this branch has not, and what somebody has put there."""
    walk(Dag())
    before = yaml.safe_load(Path("dvc.lock").read_text())
    shutil.copytree("reports/churn/churn-a", "reports/churn/churn-of-another-branch")
    Path("reports/churn/notes.txt").write_text("mine")
    dag = Dag()
    reasons = dag.stale()
    assert list(reasons) == ["compare@churn"]
    assert "reports/churn/notes.txt is no stage's" in reasons["compare@churn"]
    moved = dag.opened.set_strays_aside()
    assert set(moved) == {"reports/churn/churn-of-another-branch", "reports/churn/notes.txt"}
    assert moved["reports/churn/notes.txt"].read_text() == "mine"
    assert dag.opened.start("compare@churn") == "unchanged"
    assert Dag().stale() == {}

    Path("reports/churn/notes.txt").write_text("mine again")
    set_depth(9)
    dag = Dag()
    stale = list(dag.stale())
    again = dag.opened.set_strays_aside()["reports/churn/notes.txt"]
    assert again.read_text() == "mine again"
    assert moved["reports/churn/notes.txt"].read_text() == "mine"
    assert [dag.opened.start(address) for address in stale[:1]] == ["run"]
    set_depth(1)
    walk(Dag())
    assert yaml.safe_load(Path("dvc.lock").read_text()) == before


def test_a_block_that_is_gone_is_in_no_hash(project):
    """In one run: the pipeline's folder goes, and compare is recorded without it."""
    walk(Dag())
    params = yaml.safe_load(Path("params.yaml").read_text())
    del params["pipelines"]["churn-b"]
    Path("params.yaml").write_text(yaml.safe_dump(params))
    dag = Dag()
    assert dag.stale() == {"compare@churn": ["reports/churn/churn-b is no stage's"]}
    dag.opened.remove_orphans()
    assert dag.opened.start("compare@churn") == "run"
    subprocess.run([sys.executable, "body.py", "compare", "churn"], check=True)
    dag.opened.finish("compare@churn")
    dag.opened.flush()
    assert Dag().stale() == {}
    assert "up to date" in dvc("status")


def test_an_output_changed_by_hand_is_stale(project):
    walk(Dag())
    Path("models/churn/churn-a/content.txt").write_text("better")
    assert Dag().stale()["train@churn-a"] == ["models/churn/churn-a differs from dvc.lock"]


def test_a_corrupt_lock_names_itself_and_the_mend(project):
    walk(Dag())
    Path("dvc.lock").write_text("schema: '2.0'\nstages: [what")
    with pytest.raises(UserError, match=r"dvc\.lock.*; remove it: `caselab run`"):
        Dag()


def test_branches_that_are_merged_have_both_sides_results(project):
    """Each changed another pipeline; after the merge nothing of either runs again."""
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com"]

    def run(branch, pipeline, depth):
        subprocess.run([*git, "checkout", "-q", "-B", branch, "main"], check=True)
        set_depth(depth, pipeline)
        walk(Dag())
        subprocess.run([*git, "commit", "-q", "-am", branch], check=True)

    walk(Dag())
    for command in (["checkout", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "0"]):
        subprocess.run([*git, *command], check=True)
    run("a", "churn-a", 9)
    run("b", "topics-a", 8)
    code = subprocess.run([*git, "merge", "-q", "--no-edit", "a"], check=False).returncode
    if code:  # git alone joins what lies far enough apart
        lock_merge.resolve()
        subprocess.run([*git, "commit", "-q", "--no-edit"], check=True)
    assert walk(Dag()) == []
    assert "'depth': 9" in Path("models/churn/churn-a/content.txt").read_text()
    assert "'depth': 8" in Path("models/news_topics/topics-a/content.txt").read_text()
    assert Dag().stale() == {}
    assert "up to date" in dvc("status")


def test_a_missing_output_is_no_success(project):
    dag = Dag()
    assert dag.opened.start("prepare@churn") == "run"
    with pytest.raises(UserError, match="data/churn"):
        dag.opened.finish("prepare@churn")


def test_a_source_that_is_missing_is_named_and_costs_no_output(project):
    walk(Dag())
    raw = Path("raw.txt").read_text()
    Path("raw.txt").unlink()
    dag = Dag()
    assert dag.stale()["prepare@churn"] == ["raw.txt is missing"]
    for mend in ("put it back, or name another", "`dvc checkout raw.txt.dvc`"):
        with pytest.raises(UserError, match=f"prepare@churn needs raw.txt, .* missing; .*{mend}"):
            dag.opened.start("prepare@churn")
        Path("raw.txt.dvc").touch()
    assert Path("data/churn").is_dir()
    Path("raw.txt.dvc").unlink()
    Path("raw.txt").write_text(raw)
    assert Dag().stale() == {}
    Path("raw.txt").write_text("other")
    assert Dag().stale()["prepare@churn"] == ["raw.txt changed"]


WALK = """
import subprocess, sys
from caselab.dag import Dag
dag = Dag()
for address in dag.stale():
    assert dag.opened.start(address) == "run"
    subprocess.run([sys.executable, "body.py", *address.split("@")], check=True)
    dag.opened.finish(address)
dag.opened.flush()
assert dag.stale() == {}
dag.opened.collect_garbage(keep=[])
"""


def test_dvc_draws_nothing_into_the_terminal(project):
    """Its bars would run through the display of the flow; they only appear where there is one."""
    ours, terminal = os.openpty()
    termios.tcsetwinsize(terminal, (40, 120))  # where there is no room nothing is drawn
    walking = subprocess.Popen([sys.executable, "-c", WALK], stdout=terminal, stderr=terminal)
    os.close(terminal)
    drawn = b""
    with contextlib.suppress(OSError):  # once all have closed it
        while read := os.read(ours, 9999):
            drawn += read
    os.close(ours)
    assert walking.wait(60) == 0
    # colorama's last word, which nobody sees: colours as they were
    assert drawn.replace(b"\x1b[0m", b"") == b""


def cached():
    """The files in DVC's cache that hold results."""
    return {path for path in Path(".dvc/cache/files").rglob("*") if path.is_file()}


def test_garbage_is_what_no_kept_lock_names(project):
    walk(Dag())
    first, objects = yaml.safe_load(Path("dvc.lock").read_text()), cached()
    set_depth(9)
    walk(Dag())
    newer = cached() - objects
    assert newer  # churn-a's folder and the file in it

    assert Dag().opened.collect_garbage(keep=[first]) == (0, 0)
    files, size = Dag().opened.collect_garbage(keep=[], dry=True)
    assert files > 0
    assert cached() == objects | newer
    assert Dag().opened.collect_garbage(keep=[]) == (files, size)
    assert cached() >= newer  # the present lock's stay
    assert len(cached()) == len(objects | newer) - files
    assert Dag().stale() == {}
    assert dvc("status") == "Data and pipelines are up to date.\n"


def test_data_that_dvc_was_given_are_no_stage_no_garbage_and_told_where_they_are_missing(project):
    dvc("add", "raw.txt")
    dag = Dag()
    assert "raw.txt.dvc" not in dag.stages
    assert walk(dag)
    assert Dag().stale() == {}
    Path("dvc.lock").unlink()
    Dag().opened.collect_garbage(keep=[])
    Path("raw.txt").unlink()
    with pytest.raises(UserError, match="which is missing; bring it with `dvc checkout raw"):
        Dag().opened.start("prepare@churn")
    dvc("checkout", "raw.txt.dvc")
    assert Path("raw.txt").exists()


def test_what_garbage_took_is_run_again_when_asked_for(project):
    walk(Dag())
    set_depth(9)
    walk(Dag())
    Dag().opened.collect_garbage(keep=[])
    set_depth(1)
    assert "train@churn-a" in walk(Dag())


def test_a_cache_outside_of_the_project_is_left_alone(project, tmp_path):
    dvc("cache", "dir", str(tmp_path / "shared"))
    walk(Dag())
    set_depth(9)
    walk(Dag())
    assert Dag().opened.collect_garbage(keep=[]) == (0, 0)
