"""What a run says is worth committing: all that a second clone needs."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from flows import summary
from flows.plan import Request


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """A committed project in a folder of a larger repository, whose run read a table of its own."""
    root = tmp_path / "deep"
    root.mkdir()
    monkeypatch.chdir(root)
    subprocess.run(["git", "init", "-q", ".."], check=True)
    for name in ("params.yaml", "dvc.lock", "shop.csv", "src/a.py"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("{}\n")
    Path("dvc.lock").write_text("stages: {}\n")
    commit()
    return SimpleNamespace(
        params=SimpleNamespace(sources={"shop": SimpleNamespace(origin="shop.csv")}),
        selected=["fetch@shop", "prepare@shop"],
        request=Request(),
    )


def commit():
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", "add", "-A"], check=True)
    subprocess.run(["git", *identity, "commit", "-qm", "test"], check=True)


def test_nothing_is_said_where_all_is_committed(plan):
    assert summary._worth_committing(plan) == []


def test_new_case_files_and_data_are_named(plan):
    Path("src/new case.py").write_text("")
    Path("params.yaml").write_text("{a: 1}\n")
    Path("shop.csv").write_text("b\n")
    Path("notes.txt").write_text("")
    (said,) = summary._worth_committing(plan)
    assert said == (
        "Worth committing: git add 'src/new case.py' params.yaml shop.csv && git commit"
    )


def test_of_many_files_the_folder_is_named(plan):
    for number in range(6):
        Path(f"src/{number}.py").write_text("")
    assert summary._worth_committing(plan) == ["Worth committing: git add src && git commit"]


def test_of_a_folder_of_pictures_the_folder_is_named(plan):
    plan.params.sources["shop"].origin = "shots"
    Path("shots").mkdir()
    for number in range(30):
        Path(f"shots/{number}.png").write_text("")
    assert summary._worth_committing(plan)[-1] == "Worth committing: git add shots && git commit"


def test_data_that_nobody_keeps_are_told_with_the_mend(plan):
    plan.params.sources["shop"].origin = "later.csv"
    Path("later.csv").write_text("b\n")
    said = " ".join(summary._worth_committing(plan))
    assert "No second clone can run this: later.csv is kept by neither Git nor DVC" in said
    assert "dvc add later.csv && git add later.csv.dvc .gitignore" in said
    plan.params.sources["shop"].origin = "/elsewhere/later.csv"
    said = " ".join(summary._worth_committing(plan))
    assert "/elsewhere/later.csv lies outside of the project; copy it to data/own/later.csv" in said


def test_what_dvc_was_given_is_committed_by_its_pointer(plan):
    Path("shop.csv").unlink()
    commit()
    Path("shop.csv.dvc").write_text(f"outs:\n- md5: {'0' * 32}\n  path: shop.csv\n")
    Path(".gitignore").write_text("/shop.csv\n")
    (said,) = summary._worth_committing(plan)
    assert said == "Worth committing: git add .gitignore shop.csv.dvc && git commit"


def test_data_of_modules_are_code(plan):
    plan.params.sources["shop"].origin = "src/caselab/sources/telco.py"
    assert summary._worth_committing(plan) == []
