"""What `caselab schedule` hands to Prefect; tests/end_to_end/test_schedules.py lets one fire."""

import os
import subprocess
import sys

import pytest

from caselab.errors import UserError
from caselab.params.running import Schedule
from flows import checkouts, schedules


def test_two_projects_name_their_schedules_apart(tmp_path, monkeypatch):
    names = set()
    for folder in ("one/shop", "two/shop", "two/a & b"):
        (tmp_path / folder).mkdir(parents=True)
        monkeypatch.chdir(tmp_path / folder)
        names.add(schedules._deployment("nightly"))
        assert schedules._deployment("nightly") in names  # and the same each time
    assert len(names) == 3
    assert {name.rpartition(" (")[0] for name in names} == {"nightly of shop", "nightly of a - b"}


def test_cron_is_read_in_its_timezone():
    daily = Schedule(cases=("churn",), cron="0 3 * * *", timezone="Europe/Berlin")
    made = schedules._rhythm("nightly", daily)
    assert (made.cron, made.timezone) == ("0 3 * * *", "Europe/Berlin")


def test_a_cron_line_that_names_no_time_is_one_sentence():
    with pytest.raises(UserError, match=r'schedules.late.cron is "99 3 . . .".*hour'):
        schedules._rhythm("late", Schedule(cases=("churn",), cron="99 3 * * *"))


def test_a_schedule_that_is_not_committed_is_refused_before_it_is_served(monkeypatch):
    monkeypatch.setattr(checkouts, "committed_schedules", lambda: frozenset({"nightly"}))
    hourly = Schedule(cases=("churn",), interval=3600)
    schedules._refuse_uncommitted({"nightly": hourly})
    with pytest.raises(UserError, match=r"no schedule hourly.*commit it"):
        schedules._refuse_uncommitted({"nightly": hourly, "hourly": hourly})


# Is up as a server is; serves nothing.
SERVER = """
import time
from caselab.project import kept
lock = kept.claim("prefect")
kept.sign(lock, 4300)
print("up", flush=True)
time.sleep(60)
"""
SERVICE = """
import time
from flows import schedules
with schedules._ending_with_the_server("http://127.0.0.1:4300/api"):
    print("serving", flush=True)
    time.sleep(60)
"""


def test_the_service_ends_in_one_sentence_with_its_server(project):
    path = os.pathsep.join(sys.path)  # where `flows` is
    piped = {"stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", SERVER], **piped) as up:
        assert up.stdout.readline() == "up\n"
        command = [sys.executable, "-c", SERVICE]
        env = os.environ | {"PYTHONPATH": path}
        with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, **piped) as service:
            assert service.stdout.readline() == "serving\n"
            up.kill()
            _, said = service.communicate(timeout=20)
    gone = "caselab: Prefect's server at http://127.0.0.1:4300 is gone; start"
    assert (service.returncode, said) == (2, f"{gone} `caselab schedule` again.\n")


def test_what_fails_for_want_of_a_server_elsewhere_is_one_sentence(project, monkeypatch):
    for answers, error in ((False, UserError), (True, ConnectionError)):
        monkeypatch.setattr(schedules.server, "answers", lambda *_, answers=answers, **__: answers)
        with (
            pytest.raises(error, match=r"is gone|no way"),
            schedules._ending_with_the_server("http://prefect.example/api"),
        ):
            raise ConnectionError("no way")


@pytest.mark.xdist_group("prefect")
def test_what_a_killed_service_had_begun_keeps_no_place(project, prefect_server):
    from prefect.client.orchestration import get_client
    from prefect.states import Running

    from flows.scheduled import scheduled

    made = scheduled.to_deployment(
        name="often", parameters={"schedule": "often"}, concurrency_limit=1
    )
    deployment = made.apply()
    with get_client(sync_client=True) as client:
        run = client.create_flow_run_from_deployment(deployment)
        client.set_flow_run_state(run.id, Running())
        schedules._end_what_was_left(["often", "never served"])
        assert client.read_flow_run(run.id).state.is_crashed()
        limit = client.read_deployment(deployment).global_concurrency_limit
        assert (limit.limit, limit.active_slots) == (1, 0)
