"""Who may listen and ask."""

import socket

import pytest
from starlette.exceptions import HTTPException

from caselab.errors import UserError
from caselab.serving import access

TOKEN = "0123456789abcdef"


def test_only_this_machine_is_answered_without_a_token(monkeypatch):
    monkeypatch.delenv(access.VARIABLE, raising=False)
    for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost"):
        assert access.token(host) is None
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.org"):
        with pytest.raises(UserError, match="there is no token: set CASELAB_TOKEN"):
            access.token(host)


@pytest.mark.parametrize("given", ["", "short", "with space 0123456789", "größer0123456789"])
def test_a_token_that_can_be_guessed_or_not_be_sent_is_refused(monkeypatch, given):
    monkeypatch.setenv(access.VARIABLE, given)
    with pytest.raises(UserError, match="CASELAB_TOKEN must have 16 signs or more"):
        access.token("127.0.0.1")


def test_a_token_is_required_wherever_it_is_set(monkeypatch):
    monkeypatch.setenv(access.VARIABLE, TOKEN)
    assert access.token("0.0.0.0") == access.token("127.0.0.1") == TOKEN


def test_a_request_must_bring_the_very_token():
    access.require(None, None)
    access.require(TOKEN, f"Bearer {TOKEN}")
    access.require(TOKEN, f"bearer {TOKEN}")
    for given in (None, "", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}0", "Bearer", "Bearer ü"):
        with pytest.raises(HTTPException) as caught:
            access.require(TOKEN, given)
        assert caught.value.status_code == 401


def test_a_port_in_use_and_an_address_of_others_are_told():
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        port = used.getsockname()[1]
        with pytest.raises(UserError, match=f"Port {port} of 127.0.0.1 cannot be used .*--port"):
            access.listening("127.0.0.1", port)
    with pytest.raises(UserError, match="is no address of this machine"):
        access.listening("no such host", 0)


def test_a_free_port_is_found():
    with access.listening("127.0.0.1", 0) as found:
        assert found.getsockname()[1] > 0
