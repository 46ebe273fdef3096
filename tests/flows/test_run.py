import os
import re
import signal
import subprocess
import sys
import time

import pytest
import yaml

from caselab.project import kept
from caselab.project.locks import one_run
from flows.run import main
from tests.processes import alive, wait_until

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.usefixtures("prefect_server")]

ALL = [
    "compare@churn",
    "evaluate@one",
    "evaluate@two",
    "fetch@telco",
    "prepare@churn",
    "train@one",
    "train@two",
]


def run(*arguments):
    return main(["--no-promote", *arguments])


def test_runs_all_once_and_then_nothing(toys, capsys, monkeypatch):
    assert run() == 0
    assert toys.ran() == ALL
    out = capsys.readouterr().out
    assert "[7/7] compare@churn done in" in out
    assert "git add dvc.lock" in out
    for _ in range(2):
        assert run() == 0
        assert toys.ran() == []
        assert capsys.readouterr().out == "Nothing to do: all 7 stages are up to date.\n"
        monkeypatch.setattr("caselab.dag.opened.OpenDag", None)  # once looked at, it is not opened


def test_a_misspelt_name_does_not_wait_for_another_run(toys, capsys):
    with one_run(print):
        capsys.readouterr()
        assert run("onne") == 2
    told = capsys.readouterr()
    assert "'onne'" in told.err
    assert "waiting" not in told.out


def test_a_dry_run_says_why_and_touches_nothing(toys, capsys):
    assert run("--dry", "one") == 0
    out = capsys.readouterr().out
    assert "train@one: never run" in out
    assert "train@two" not in out
    assert "5 of 5 stages would run" not in out  # compare is no part of one pipeline
    assert "4 of 4 stages would run" in out
    assert toys.ran() == []


def test_equal_outputs_end_the_walk_early(toys, capsys):
    run()
    toys.ran()
    assert run("--refresh") == 0
    assert toys.ran() == ["fetch@telco"]
    out = capsys.readouterr().out
    assert "prepare@churn unchanged" in out
    assert "compare@churn unchanged" in out


def test_force_runs_what_is_up_to_date(toys):
    run()
    toys.ran()
    assert run("--force", "one") == 0
    assert toys.ran() == ["evaluate@one", "fetch@telco", "prepare@churn", "train@one"]


def test_what_ran_before_is_restored(toys, capsys):
    run()
    (toys.root / "params.yaml").write_text(
        (toys.root / "params.yaml").read_text().replace("seed: 7", "seed: 8")
    )
    run()
    (toys.root / "params.yaml").write_text(
        (toys.root / "params.yaml").read_text().replace("seed: 8", "seed: 7")
    )
    toys.ran()
    capsys.readouterr()
    assert run() == 0
    assert toys.ran() == []
    assert "train@one restored" in capsys.readouterr().out


def test_set_reaches_the_stage_and_only_what_depends_on_it(toys, capsys):
    run()
    toys.ran()
    assert run("--set", "pipelines.two.refit=false") == 0
    ran = toys.ran()
    assert "train@two" in ran
    assert "train@one" not in ran
    assert "'refit': False" in (toys.root / "models/churn/two/content.txt").read_text()
    assert (
        "Values given by --set are in dvc.lock, and not what params.yaml says"
        in capsys.readouterr().out
    )


def test_an_edit_of_params_during_a_run_waits_for_the_next(project):
    project.behave(fetch_telco="sleep 3")
    running = project.start("--no-promote")
    while not project.began("fetch@telco"):
        assert running.poll() is None, running.communicate()[0]
        time.sleep(0.05)
    file = project.root / "params.yaml"
    edited = "two: {case: churn, view: churn-table, architecture: baseline, refit: false}"
    file.write_text(re.sub("two: {.*}", edited, file.read_text()))
    assert running.wait(60) == 0
    content = project.root / "models/churn/two/content.txt"
    assert "'refit': True" in content.read_text()
    project.behave()
    project.ran()
    with project.start("--no-promote") as again:
        assert again.wait(60) == 0
    assert project.ran() == ["evaluate@two", "train@two"]  # which left what it had left before
    assert "'refit': False" in content.read_text()


def test_a_failed_run_shows_no_leaderboard_of_an_earlier_one(toys, monkeypatch, capsys):
    shown = []
    board = {"case": "churn"}
    monkeypatch.setattr("caselab.project.leaderboards.read", lambda _: board)
    monkeypatch.setattr("caselab.cli.looking.with_costs", lambda board: board)
    monkeypatch.setattr("caselab.cli.looking.print_board", lambda board: shown.append("printed"))
    monkeypatch.setattr("flows.leaderboard_page.show", shown.extend)
    monkeypatch.setattr("flows.case_pages.write", lambda plan, cases, *_: shown.extend(cases))
    scored = []
    monkeypatch.setattr("flows.scores.show", lambda plan, pipelines, _: scored.extend(pipelines))
    run()
    assert shown == ["churn", "churn", "printed"]
    assert scored == []
    shown.clear()
    toys.behave(train_one="fail")
    assert run("--force") == 1
    assert shown == []
    assert scored == ["two"]  # which has come out, and has no leaderboard to stand on
    toys.behave()
    assert run("--force", "one") == 0
    assert shown == []
    assert scored == ["two", "one"]


def test_a_failure_stops_only_what_depends_on_it(toys, capsys):
    toys.behave(train_one="fail")
    assert run() == 1
    assert toys.ran() == ["evaluate@two", "fetch@telco", "prepare@churn", "train@two"]
    out = capsys.readouterr().out
    assert "train@one failed: ValueError: a toy breaks" in out
    assert "log: .caselab/logs/train@one.log" in out
    assert "not run because of it: evaluate@one, compare@churn" in out
    assert "Go on with: caselab run --no-promote" in out
    assert len(toys.began("train@one")) == 2  # one retry
    toys.behave()
    assert run() == 0
    assert toys.ran() == ["compare@churn", "evaluate@one", "train@one"]


def test_a_failure_the_user_can_mend_is_not_retried_and_exits_with_2(toys, capsys):
    toys.behave(train_one="fail by user")
    assert run("one") == 2
    assert "train@one failed: Mend your toy." in capsys.readouterr().out
    assert len(toys.began("train@one")) == 1


def test_an_abort_in_native_code_is_retried(toys, capsys):
    toys.behave(train_one="abort once")
    assert run("one") == 0
    assert "crashed in native code (SIGABRT)" in capsys.readouterr().out


def test_independent_stages_run_side_by_side(toys):
    toys.behave(train_one="sleep 1", train_two="sleep 1")
    run()
    times = toys.times()
    (began_one, ended_one), (began_two, ended_two) = times["train@one"], times["train@two"]
    assert began_one < ended_two
    assert began_two < ended_one


def test_stages_wait_for_slots(toys):
    toys.behave(train_one="sleep 0.5", train_two="sleep 0.5")
    assert run("--set", "flow.stages.train.memory=5") == 0
    times = toys.times()
    (began_one, ended_one), (began_two, ended_two) = times["train@one"], times["train@two"]
    assert ended_one <= began_two or ended_two <= began_one


def test_asking_for_more_than_there_is_is_refused(toys, capsys):
    assert run("--set", "flow.stages.train.cores=64") == 2
    assert "flow.stages.train.cores in params.yaml asks for 64" in capsys.readouterr().err
    assert toys.ran() == []


def test_the_time_limit_ends_a_stage(toys, capsys):
    toys.behave(train_one="sleep 60")
    assert run("one", "--set", "flow.stages.train={time_limit: 0.5, retries: 0}") == 1
    assert "longer than its time limit of 0.5 seconds" in capsys.readouterr().out


def test_unknown_target(toys, capsys):
    assert run("chrun") == 2
    assert "chrun" in capsys.readouterr().err


def test_tasks_are_named_by_address_and_linked(toys, prefect_server):
    run()
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.sorting import FlowRunSort

    with get_client(sync_client=True) as client:
        latest = client.read_flow_runs(limit=1, sort=FlowRunSort.START_TIME_DESC)[0]
        assert latest.name == "everything"
        assert latest.state.is_completed()
        wait_until(lambda: sorted(task_runs(client, latest)) == ALL)  # a task is named once it runs
        tasks = task_runs(client, latest)
        assert sorted(tasks) == ALL
        linked = tasks["evaluate@one"].task_inputs["wait_for"]
        assert [each.id for each in linked] == [tasks["train@one"].id]


def test_ctrl_c_ends_the_stages_and_keeps_what_is_finished(project):
    project.behave(train_one="sleep 60", train_two="sleep 60")
    process = project.start("--no-promote")
    wait_until(lambda: project.began("train@one") and project.began("train@two"))
    os.kill(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped with 5 stages to do" in out
    assert "Go on with: caselab run" in out
    assert "Traceback" not in out
    assert not any(alive(pid) for pid in project.began("train@one") + project.began("train@two"))
    locked = yaml.safe_load((project.root / "dvc.lock").read_text())["stages"]
    assert sorted(locked) == ["fetch@telco", "prepare@churn"]


def test_a_run_stops_when_its_caller_is_gone(project):
    project.behave(train_one="sleep 60", train_two="sleep 60")
    process = project.start("--no-promote", "--while-stdin", stdin=subprocess.PIPE)
    wait_until(lambda: project.began("train@one") and project.began("train@two"))
    process.stdin.close()
    process.stdout.close()
    assert process.wait(60) != 0
    assert not any(alive(pid) for pid in project.began("train@one") + project.began("train@two"))
    locked = yaml.safe_load((project.root / "dvc.lock").read_text())["stages"]
    assert sorted(locked) == ["fetch@telco", "prepare@churn"]


def test_kill_9_loses_nothing_but_what_ran(project):
    project.behave(evaluate_one="sleep 60", evaluate_two="sleep 60")
    process = project.start("--no-promote")
    wait_until(lambda: project.began("evaluate@one") and project.began("evaluate@two"))
    process.kill()
    process.wait()
    pids = project.began("evaluate@one") + project.began("evaluate@two")
    wait_until(lambda: not any(alive(pid) for pid in pids))
    project.ran()
    project.behave()
    again = project.start("--no-promote")
    out, _ = again.communicate(timeout=120)
    assert again.returncode == 0, out
    assert project.ran() == ["compare@churn", "evaluate@one", "evaluate@two"]


@pytest.fixture
def without_a_server():
    """The environment of a run that has no server yet, and leaves its own up for a moment."""
    theirs = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    yield theirs | {"CASELAB_KEEP_UP": "60"}
    for server in kept.up():
        kept.stop(server)


def test_a_prefect_server_that_is_killed_costs_its_own_record_and_no_time(
    project, without_a_server
):
    project.behave(evaluate_one="wait")
    process = project.start("--no-promote", environment=without_a_server)
    log = project.root / ".caselab/logs/prefect.log"
    wait_until(lambda: log.exists() and "train@one" in log.read_text(), 120)
    (server,) = kept.up("prefect")
    os.kill(server.pid, signal.SIGKILL)
    (project.root / "go").touch()
    out, _ = process.communicate(timeout=20)  # Prefect's own patience is minutes
    assert process.returncode == 0, out
    assert project.ran() == ALL
    told = [line for line in out.splitlines() if "Prefect" in line and "record" in line]
    assert len(told) == 1, out
    assert "its server has ended" in told[0]
    assert "Traceback" not in out
    assert "ERROR" not in out  # Prefect's, of what it could not send
    assert "Error logging" not in out
    assert "Nothing to do" in project.start("--no-promote").communicate()[0]


def test_what_a_run_leaves_up_is_told_once_and_used_by_the_next(project, without_a_server):
    first = project.start("--no-promote", environment=without_a_server)
    told, _ = first.communicate(timeout=120)
    assert "stay up for the next run" in told
    servers = kept.up()
    assert [server.name.partition("-")[0] for server in servers] == ["forks", "prefect"]
    project.ran()
    again = project.start("--no-promote", "--force", environment=without_a_server)
    told, _ = again.communicate(timeout=120)
    assert again.returncode == 0, told
    assert project.ran() == ALL
    assert "stay up" not in told
    assert kept.up() == servers
    from caselab.cli import running

    running.stop()
    assert kept.up() == []
    assert not any(alive(server.pid) for server in servers)


def test_a_second_run_waits_for_the_first_and_says_so(project):
    project.behave(train_one="sleep 60")
    first = project.start("--no-promote")
    wait_until(lambda: project.began("train@one"))
    second = project.start("--no-promote", "--dry")
    line = second.stdout.readline()
    assert re.fullmatch(rf"Another run \(process {first.pid}\) is at work .*\n", line)
    first.kill()
    first.wait()
    out, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert "stages would run" in out


def task_runs(client, flow_run):
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
    from prefect.client.schemas.sorting import TaskRunSort

    found = client.read_task_runs(
        flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[flow_run.id])),
        sort=TaskRunSort.NAME_ASC,
        limit=200,
    )
    return {task_run.name: task_run for task_run in found}


def test_a_reader_that_leaves_does_not_end_the_run():
    """As of `caselab run | head -1`."""
    words = "console = Patient(); [console.out('word ' * 9999) for _ in range(9)]"
    program = f"import sys; from flows.command import Patient; {words}; sys.exit(7)"
    run = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    run.stdout.read(1)
    run.stdout.close()
    assert run.wait(60) == 7
