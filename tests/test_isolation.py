"""The tests' own isolation: what a user runs on this machine is never asked, whatever is set."""

import os
import subprocess
import sys
from pathlib import Path

from tests.end_to_end.conftest import Clone
from tests.isolation import NOBODY, isolated

ROOT = Path(__file__).parents[1]
USERS = {
    "MLFLOW_TRACKING_URI": "http://127.0.0.1:5000",
    "PREFECT_API_URL": "http://127.0.0.1:4200/api",
    "PREFECT_API_KEY": "secret",
    "PREFECT_PROFILE": "work",
    "CASELAB_TRACKING": "off",
    "CASELAB_KEEP_UP": "600",
}


def test_nothing_of_the_user_is_left():
    found = isolated(USERS | {"PATH": "/bin"}, Path("/somewhere"))
    assert found == {
        "PATH": "/bin",
        "PREFECT_HOME": "/somewhere/prefect",
        "PREFECT_SERVER_API_PORT": NOBODY,
        "CASELAB_KEEP_UP": "0",
    }


def test_no_test_starts_with_what_the_user_has_set(tmp_path):
    """Tests in a process whose caller has servers set, as a user may."""
    (tmp_path / "test_it.py").write_text(
        "import os\n"
        "def test_it():\n"
        "    assert not {'MLFLOW_TRACKING_URI', 'PREFECT_API_URL', 'PREFECT_PROFILE'} & {*os.environ}\n"
        "    from prefect.settings import get_current_settings\n"
        "    settings = get_current_settings()\n"
        f"    assert (settings.api.url, settings.server.api.port) == (None, {NOBODY})\n"
        "    assert 'caselab-tests-' in str(settings.home)\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.conftest",
    ]
    done = subprocess.run(
        [*command, "--rootdir", tmp_path, tmp_path / "test_it.py"],
        cwd=ROOT,
        env=os.environ | USERS,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_a_clone_runs_is_isolated_too(tmp_path, monkeypatch):
    for name, value in USERS.items():  # as a test of flows leaves them while its server runs
        monkeypatch.setenv(name, value)
    found = Clone(tmp_path).environment()
    assert found.pop("CASELAB_KEEP_UP") == "0"
    assert not {name for name in USERS if name in found}
    assert found["PREFECT_SERVER_API_PORT"] == NOBODY
