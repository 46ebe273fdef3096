import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from caselab.cli import cleaning
from caselab.errors import UserError
from flows import checkouts
from tests.processes import alive, wait_until


def git(*arguments, folder="."):
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def committed(project, monkeypatch):
    for variable in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{variable}_NAME", "somebody")
        monkeypatch.setenv(f"GIT_{variable}_EMAIL", "somebody@example.org")
    git("add", ".", ":!table.csv")
    git("commit", "-qm", "first")
    return project


def test_nothing_committed_is_one_sentence(project):
    with pytest.raises(UserError, match="A schedule runs what is committed"):
        checkouts.refresh("often")


def test_a_checkout_has_the_commit_and_not_what_is_being_edited(committed):
    Path("toy.py").write_text("somebody is editing this")
    folder = checkouts.refresh("often")
    assert "def run" in (folder / "toy.py").read_text()
    assert git("branch", "--show-current", folder=folder) == "caselab/often"
    assert git("status", "--porcelain", "--untracked-files=no", folder=folder) == ""
    assert (folder / "table.csv").read_text() == "a,b\n1,2\n"  # the user's own data, not in Git


def test_it_shares_cache_registry_and_store(committed, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    Path(".dvc/config.local").write_text(
        '[remote "ours"]\n    url = ssh://ours/store\n    password = secret\n'
    )
    folder = checkouts.refresh("often")
    local = (folder / ".dvc/config.local").read_text()
    assert "secret" in local
    assert f"dir = {Path('.dvc/cache').absolute()}" in local
    (folder / ".caselab/champions/churn.json").write_text("{}")
    assert Path(".caselab/champions/churn.json").read_text() == "{}"
    environment = checkouts.environment(folder)
    assert environment["MLFLOW_TRACKING_URI"] == f"sqlite:///{Path('mlflow.db').absolute()}"
    assert environment["PYTHONPATH"].startswith(str(folder / "src"))


def test_results_are_kept_on_the_branch_and_the_next_run_starts_from_the_commit(committed):
    folder = checkouts.refresh("often")
    assert not checkouts.keep(folder, "Record it")
    (folder / "dvc.lock").write_text("schema: '2.0'\n")
    assert checkouts.keep(folder, "Record it")
    assert git("show", "caselab/often:dvc.lock") == "schema: '2.0'"
    assert not checkouts.keep(folder, "Record it")
    Path("toy.py").write_text("# new\n")
    git("commit", "-qam", "second")
    folder = checkouts.refresh("often")
    assert (folder / "toy.py").read_text() == "# new\n"
    assert git("log", "--format=%s", "-1", folder=folder) == "second"


def test_what_earlier_runs_recorded_is_not_lost_before_it_is_merged(committed):
    folder = checkouts.refresh("often")
    (folder / "dvc.lock").write_text("schema: '2.0'\n")
    checkouts.keep(folder, "Record it")
    Path("toy.py").write_text("# new\n")
    git("commit", "-qam", "second")
    folder = checkouts.refresh("often")
    assert (folder / "dvc.lock").read_text() == "schema: '2.0'\n"
    assert checkouts.keep(folder, "Record it")
    git("merge", "-q", "caselab/often")
    Path("dvc.lock").write_text("schema: '2.1'\n")
    git("commit", "-qam", "third")
    assert (checkouts.refresh("often") / "dvc.lock").read_text() == "schema: '2.1'\n"


def test_a_project_may_lie_deep_in_its_repository(project, monkeypatch):
    shutil.copytree(".", "deep/project", ignore=shutil.ignore_patterns(".git", "deep"))
    monkeypatch.chdir("deep/project")
    git("add", ".", ":!table.csv")
    git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "first")
    folder = checkouts.refresh("often")
    assert folder.parts[-2:] == ("deep", "project")
    assert (folder / "table.csv").exists()
    (folder / "dvc.lock").write_text("schema: '2.0'\n")
    assert checkouts.keep(folder, "Record it")
    assert (checkouts.refresh("often") / "dvc.lock").read_text() == "schema: '2.0'\n"
    assert set(cleaning.worktrees()) == {Path.cwd(), folder}


def test_only_committed_schedules_are_known(committed):
    assert checkouts.committed_schedules() == {"often"}
    Path("params.yaml").write_text(Path("params.yaml").read_text().replace("often", "seldom"))
    assert checkouts.committed_schedules() == {"often"}
    git("commit", "-qam", "seldom")
    assert checkouts.committed_schedules() == {"seldom"}


def test_what_a_schedule_that_is_gone_has_left_is_removed_but_for_what_nobody_has_merged(committed):
    for schedule in ("often", "merged", "unmerged"):
        folder = checkouts.refresh(schedule)
    (folder / "dvc.lock").write_text("stages: {}\n")
    assert checkouts.keep(folder, "Record it")
    assert checkouts.remove_all_but({"often"}) == ["caselab/unmerged"]
    assert [each.name for each in Path(".caselab/checkouts").iterdir()] == ["often"]
    branches = git("branch", "--list", "caselab/*", "--format=%(refname:short)").split()
    assert branches == ["caselab/often", "caselab/unmerged"]
    assert checkouts.remove_all_but({"often", "unmerged"}) == []
    assert checkouts.refresh("unmerged").exists()


def test_what_runs_in_a_checkout_ends_with_whoever_started_it(committed):
    """Any module: a promotion that went on would change a champion behind the back of the next."""
    sleeper = "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(99)\n"
    Path("sleeper.py").write_text(sleeper)
    call = "from flows import checkouts; checkouts.call(['sleeper'], checkouts.Path(), print)"
    repository = Path(__file__).parents[2]
    path = os.pathsep.join(map(str, (Path().absolute(), repository, repository / "src")))
    caller = subprocess.Popen(
        [sys.executable, "-c", call], env=os.environ | {"PYTHONPATH": path}, stdout=subprocess.PIPE
    )
    wait_until(lambda: Path("pid").exists() and Path("pid").read_text())
    caller.kill()
    caller.wait()
    wait_until(lambda: not alive(int(Path("pid").read_text())), 20)


def test_what_is_held_outlives_the_next_run(committed):
    folder = checkouts.refresh("often")
    (folder / "dvc.lock").write_text("schema: '2.0'\n")
    checkouts.keep(folder, "Record it")
    kept = git("rev-parse", "caselab/often")
    checkouts.hold("often", "churn/2")
    checkouts.refresh("often")
    git("reflog", "expire", "--expire=now", "--all")
    git("gc", "--quiet", "--prune=now")
    assert git("cat-file", "-t", kept) == "commit"
