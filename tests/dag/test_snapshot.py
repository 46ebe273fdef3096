"""The last look stands as long as it would say the same, and costs no DVC."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

from caselab.dag import Dag
from caselab.project import places
from tests.dag.toys import walk

LOOK = """
import sys
from caselab.dag import Dag
dag = Dag(overrides=sys.argv[1:])
print(*dag.stale(dag.select()))
print("dvc" in sys.modules)
"""


def look(*overrides):
    """What a process of its own finds stale, and whether it has imported DVC for that."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *overrides], capture_output=True, text=True, check=True
    )
    stale, opened = done.stdout.splitlines()
    return stale.split(), opened == "True"


def test_where_nothing_has_changed_the_last_look_answers_without_dvc(project):
    stale = list(Dag().stale())
    assert look() == (stale, False)
    walk(Dag())
    assert look() == ([], True)
    assert look() == ([], False)


def edit_params():
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["pipelines"]["churn-a"]["model"]["depth"] = 7
    Path("params.yaml").write_text(yaml.safe_dump(params))


def rewrite(path):
    """Other content of equal length, as an editor leaves it."""
    status = path.stat()
    content = path.read_bytes()
    path.chmod(0o644)
    path.unlink()
    path.write_bytes(bytes(reversed(content)))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**7))


CHANGES = {
    "a parameter": (edit_params, "train@churn-a"),
    "a dependency": (lambda: rewrite(Path("raw.txt")), "prepare@churn"),
    "an output": (lambda: rewrite(Path("models/churn/churn-a/content.txt")), "train@churn-a"),
    "an output that is gone": (
        lambda: Path("reports/churn/churn-b/content.txt").unlink(),
        "evaluate@churn-b",
    ),
    "what no stage makes": (
        lambda: Path("reports/churn/notes.txt").write_text("mine"),
        "compare@churn",
    ),
    "the lock": (lambda: Path("dvc.lock").unlink(), "prepare@churn"),
    "the cache": (
        lambda: [f.unlink() for f in Path(".dvc/cache/files").rglob("*") if f.is_file()],
        "prepare@churn",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change_it_looks_again(project, change):
    walk(Dag())
    assert Dag().stale() == {}
    make, first = CHANGES[change]
    make()
    assert next(iter(Dag().stale())) == first
    assert next(iter(Dag().stale())) == first  # by the look that was kept


def test_after_a_changed_setting_the_graph_is_not_built_again(project, monkeypatch):
    walk(Dag())
    before = Dag()
    before.stale()
    kept = before.opened.graph.stages
    edit_params()
    with monkeypatch.context() as patched:
        patched.setattr(Repo, "index", property(lambda _: pytest.fail("built again")))
        dag = Dag()
        assert next(iter(dag.stale(dag.select(["churn-a"])))) == "train@churn-a"
    assert dag.opened.graph.stages == kept
    places.last_look().unlink()
    assert Dag().opened.graph.stages == kept
    walk(dag)
    assert Dag().stale() == {}


def test_after_a_new_block_the_graph_is_built_again(project):
    Dag().stale()
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["pipelines"]["churn-new"] = params["pipelines"]["churn-a"]
    Path("params.yaml").write_text(yaml.safe_dump(params))
    assert "train@churn-new" in Dag().stale()


def test_overrides_are_looked_at_for_themselves(project):
    walk(Dag())
    assert look() == ([], True)
    assert look("pipelines.churn-a.model.depth=9")[0][0] == "train@churn-a"
    assert look() == ([], True)


def test_a_look_at_one_case_says_nothing_of_others(project):
    dag = Dag()
    assert set(dag.stale(dag.select(["churn"]))) == set(dag.select(["churn"]))
    again = Dag()
    assert set(again.stale()) == set(again.stages)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"fingerprint": 1}', "no json"])
def test_a_look_that_cannot_be_read_is_none(project, content):
    expected = Dag().stale()
    places.last_look().write_text(content)
    assert Dag().stale() == expected


def test_force_is_never_answered_from_memory(project):
    walk(Dag())
    assert Dag().stale() == {}
    assert Dag().stale(force={"prepare@churn"})["prepare@churn"] == ["asked for"]


def test_what_is_edited_while_a_run_is_under_way_is_found_by_the_next(project):
    """By then the DAG of the run remembers what files were."""
    walk(Dag())
    running = Dag()
    assert running.stale(force={"prepare@churn"})
    edit_params()
    rewrite(Path("raw.txt"))
    running.opened.flush()
    assert running.stale() == {}
    assert list(Dag().stale())[:1] == ["prepare@churn"]
    assert "pipelines.churn-a.model.depth: 1 → 7" in Dag().stale()["train@churn-a"]


def test_what_is_edited_between_opening_and_looking_is_found_by_the_next(project):
    walk(Dag())
    early = Dag()
    assert early.opened
    edit_params()
    assert early.stale() == {}
    assert next(iter(Dag().stale())) == "train@churn-a"
