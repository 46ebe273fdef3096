"""A toy project in which trials run in this process, so that no fork server is needed."""

from importlib import import_module
from pathlib import Path

import pytest

from caselab import params as parameters
from caselab.stages import process
from tests.stages.toys import PARAMS, leave_features
from tests.tracked_project import empty_store, project  # noqa: F401


def call_here(function, args=(), kwargs=None, *, cancel=None, events=None, **_):
    """Do what a forked process would."""
    module, _, name = function.partition(":")
    told = {}
    if events:

        def tell(*content):
            events[1](*content)
            if cancel is not None and cancel.is_set():
                raise process.StageStoppedError

        told = {events[0]: tell}
    return getattr(import_module(module), name)(*args, **(kwargs or {}), **told)


@pytest.fixture
def toy(project, monkeypatch):  # noqa: F811
    Path("params.yaml").write_text(PARAMS)
    leave_features()
    monkeypatch.setattr(process, "call_in_fork", call_here)
    return parameters.load()
