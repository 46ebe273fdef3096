import os
import pty
import re
import signal
import time

import pytest
import yaml

from flows.run import main

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


def test_runs_all_once_and_then_nothing(toys, capsys):
    assert run() == 0
    assert toys.ran() == ALL
    out = capsys.readouterr().out
    assert "[7/7] compare@churn done in" in out
    assert "git add dvc.lock" in out
    assert run() == 0
    assert toys.ran() == []
    assert capsys.readouterr().out == "Nothing to do: all 7 stages are up to date.\n"
