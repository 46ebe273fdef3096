"""What `caselab schedule` hands to Prefect; tests/end_to_end/test_schedules.py lets one fire."""

import pytest

from caselab.errors import UserError
from caselab.params.blocks import Schedule
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
