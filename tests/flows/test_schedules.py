"""What `caselab schedule` hands to Prefect; tests/end_to_end/test_schedules.py lets one fire."""

import pytest

from caselab.errors import UserError
from caselab.params.blocks import Schedule
from flows import schedules


def test_two_projects_name_their_schedules_apart(tmp_path, monkeypatch):
    names = set()
    for folder in ("one/shop", "two/shop", "two/a & b"):
        (tmp_path / folder).mkdir(parents=True)
        monkeypatch.chdir(tmp_path / folder)
        names.add(schedules._deployment("nightly"))
        assert schedules._deployment("nightly") in names  # and the same each time
    assert len(names) == 3
    assert {name.rpartition(" (")[0] for name in names} == {"nightly of shop", "nightly of a - b"}


def test_a_time_that_never_comes_is_one_sentence():
    wrong = Schedule(cases=("churn",), cron="61 3 * * *")
    with pytest.raises(UserError, match=r"schedules\.nightly\.cron .*'61 3 \* \* \*'"):
        schedules._prefects("nightly", wrong)


def test_cron_is_read_in_its_timezone():
    daily = Schedule(cases=("churn",), cron="0 3 * * *", timezone="Europe/Berlin")
    made = schedules._prefects("nightly", daily)
    assert (made.cron, made.timezone) == ("0 3 * * *", "Europe/Berlin")
