"""A schedule that really fires, in a clone of the project."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.isolation import isolated

REPOSITORY = Path(__file__).parents[2]
LIMIT = 240  # seconds; some 60 on a quiet machine


@pytest.fixture
def clone(tmp_path):
    """Copy what Git has of the project, with one quick pipeline and a schedule every few seconds."""
    root = tmp_path / "clone"
    for name in git("ls-files", folder=REPOSITORY).splitlines():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, root / name)
    params = yaml.safe_load((root / "params.yaml").read_text())
    params["pipelines"] = {"churn-baseline": params["pipelines"]["churn-baseline"]}
    params["blends"] = {}
    params["schedules"] = {"often": {"interval": 15, "cases": ["churn"], "refresh": True}}
    (root / "params.yaml").write_text(yaml.safe_dump(params))
    git("init", "-q", folder=root)
    git("add", ".", folder=root)
    git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "first", folder=root)
    return root


def test_an_interval_schedule_fires_in_a_checkout_of_its_own(clone, tmp_path):
    edited = clone / "src/caselab/cases/churn.py"
    edited.write_text(edited.read_text() + "\nraise RuntimeError('somebody is editing this')\n")
    path = [str(clone / "src"), str(clone), *filter(None, [os.environ.get("PYTHONPATH")])]
    log = tmp_path / "service.log"
    with log.open("w") as output:
        service = subprocess.Popen(
            [sys.executable, "-m", "flows.schedules"],
            cwd=clone,
            env=isolated(dict(os.environ), tmp_path)
            | {
                "PYTHONPATH": os.pathsep.join(path),
                "PREFECT_RUNNER_POLL_FREQUENCY": "2",
                "CASELAB_TRACKING": "off",
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + LIMIT
        while "Record the scheduled run" not in git(
            "log", "--format=%s", "--branches=caselab/*", folder=clone
        ):
            assert service.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
    finally:
        os.killpg(service.pid, signal.SIGINT)
        service.wait(60)
    recorded = yaml.safe_load(git("show", "caselab/often:dvc.lock", folder=clone))["stages"]
    assert "compare@churn" in recorded
    assert (clone / ".caselab/checkouts/often/leaderboards/churn/leaderboard.json").exists()
    for untouched in ("dvc.lock", "data/raw", "models", "leaderboards"):
        assert not (clone / untouched).exists()
    for out in recorded["compare@churn"]["outs"]:  # in the project's own cache
        digest = out["md5"]
        assert (clone / ".dvc/cache/files/md5" / digest[:2] / digest[2:]).exists()
    assert git("status", "--porcelain", folder=clone) == " M src/caselab/cases/churn.py"


def git(*arguments, folder):
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.rstrip()
