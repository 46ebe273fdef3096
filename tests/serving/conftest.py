"""A server of stubs, and a client of it."""

import pytest
from fastapi.testclient import TestClient

from tests.serving.stub import Registry, application_of, until


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def client(registry):
    app, _ = application_of(registry)
    with TestClient(app, raise_server_exceptions=False) as client:
        until(lambda: client.get("/ready").status_code == 200)
        yield client
