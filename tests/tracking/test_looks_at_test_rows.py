import subprocess
import sys

from caselab.tracking import looks_at_test_rows

LOOK = """
from caselab.tracking import looks_at_test_rows
looks_at_test_rows.record("churn", "evaluate churn-mlp", "one")
"""


def test_a_case_nobody_has_looked_at_has_no_looks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert looks_at_test_rows.count("churn") == 0


def test_looks_count_once_for_each_key(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for what, key in (
        ("evaluate churn-mlp", "one"),
        ("evaluate churn-mlp", "one"),
        ("evaluate churn-mlp", "two"),
        ("promote churn-mlp", "one"),
    ):
        looks_at_test_rows.record("churn", what, key)
    assert looks_at_test_rows.count("churn") == 3
    assert [look.key for look in looks_at_test_rows.all_of("churn")] == ["one", "two", "one"]
    assert looks_at_test_rows.count("prices") == 0


def test_processes_that_look_at_once_at_the_same_count_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    started = [subprocess.Popen([sys.executable, "-c", LOOK]) for _ in range(4)]
    assert [process.wait() for process in started] == [0] * 4
    assert looks_at_test_rows.count("churn") == 1
