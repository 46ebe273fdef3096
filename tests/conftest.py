"""What holds for every test."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgresql
from tests.isolation import isolate

# Each xdist worker has a core: libraries with a thread for every core would wait for one another.
for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

# A shell that starts the tests in the background has Ctrl-C ignored, here and in what we start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Before anything imports Prefect or MLflow, which read their settings once.
HOME = tempfile.TemporaryDirectory(prefix="caselab-tests-", ignore_cleanup_errors=True)
isolate(Path(HOME.name))


ROOT = Path(__file__).parents[1]
LEFT_BY_RUNS = ("data/raw", "models", "reports", "leaderboards", ".caselab", "mlflow.db", "mlruns")


@pytest.fixture(scope="session", autouse=True)
def _untouched():
    """Let no test run stages, or track runs, in the project itself."""
    before = {name for name in LEFT_BY_RUNS if (ROOT / name).exists()}
    yield
    left = {name for name in LEFT_BY_RUNS if (ROOT / name).exists()} - before
    assert not left, f"a test left {', '.join(sorted(left))} in the project's own folder"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    """A PostgreSQL for all tests that ask for it; each makes a database of its own."""
    with postgresql.server() as server:
        yield server


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take away what the tests' own servers left."""
    HOME.cleanup()
