"""When the report of a run counts as whole."""

import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from flows import report, server, walk


@pytest.fixture
def served(monkeypatch, project):
    """A server that answers as long as it is up, and takes its time to end."""
    up = threading.Event()

    @contextmanager
    def connected():
        up.set()
        yield "http://127.0.0.1:9/api"
        up.clear()
        time.sleep(3 * report.PULSE)

    monkeypatch.setattr(server, "connected", connected)
    monkeypatch.setattr(server, "answers", lambda _url, patience: up.is_set())
    return up


@pytest.fixture
def session():
    return SimpleNamespace(cancel=threading.Event())


def test_a_server_that_ends_when_all_is_told_has_lost_nothing(served, session, monkeypatch):
    monkeypatch.setattr(walk, "follow", lambda _: None)
    assert report.Report(session).end() is None


def test_a_server_that_ends_before_has(served, session, monkeypatch):
    gone = threading.Event()

    def follow(_):
        served.clear()
        gone.wait()

    monkeypatch.setattr(walk, "follow", follow)
    try:
        assert "its server has ended" in report.Report(session).end()
    finally:
        gone.set()
