"""Who may ask: this machine alone, or whoever has the token."""

import hmac
import ipaddress
import os
import socket
from collections.abc import Collection

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from caselab.errors import UserError

VARIABLE = "CASELAB_TOKEN"
"""Of the environment: what requests must bring as `Authorization: Bearer …`, wherever it is set."""

SHORTEST = 16
"""Signs of a token."""


def token(host: str) -> str | None:
    """Return the token that requests must bring; None where anybody on this machine may ask.

    Raises:
        UserError: others can reach the address and there is no token, or one that can be guessed.
    """
    given = os.environ.get(VARIABLE)
    if given is not None and (len(given) < SHORTEST or not given.isascii() or " " in given):
        raise UserError(
            f"{VARIABLE} must have {SHORTEST} signs or more, ASCII and no spaces; "
            "`openssl rand -hex 32` makes one."
        )
    if given is None and not is_loopback(host):
        raise UserError(
            f"{host} can be reached from other machines, and there is no token: set {VARIABLE} to what "
            "requests must bring, or leave --host out to answer this machine alone."
        )
    return given


def is_loopback(host: str) -> bool:
    """Tell whether an address is this machine's alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def require(token: str | None, authorization: str | None) -> None:
    """Refuse a request that does not bring the token; how long that takes tells nothing of it.

    Raises:
        HTTPException: 401.
    """
    if token is None:
        return
    kind, _, given = (authorization or "").partition(" ")
    bearer = kind.lower() == "bearer"
    if not hmac.compare_digest(given.strip().encode(), token.encode()) or not bearer:
        raise HTTPException(
            401,
            "The request needs the header 'Authorization: Bearer' with the server's token.",
            {"WWW-Authenticate": "Bearer"},
        )


class Guard:
    """Middleware that lets nobody in who does not bring the token, but to `pages` that tell nothing."""

    def __init__(self, app: ASGIApp, token: str | None, pages: Collection[str]):
        self.app, self.token, self.open = app, token, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and scope["path"] not in self.open:
            headers = dict(scope["headers"])
            given = headers.get(b"authorization", b"").decode("latin-1")
            try:
                require(self.token, given)
            except HTTPException as error:
                reply = JSONResponse({"error": error.detail}, error.status_code, error.headers)
                await reply(scope, receive, send)
                return
        await self.app(scope, receive, send)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        UserError: there is no such address, or the port is in use.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        raise UserError(
            f"--host {host} is no address of this machine ({error}); leave it out, or name one."
        ) from None
    found = socket.socket(family, kind, protocol)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind(address)
        found.listen(1024)
    except OSError as error:
        found.close()
        raise UserError(
            f"Port {port} of {host} cannot be used ({error.strerror}); end what uses it, or choose "
            "another by --port."
        ) from None
    return found
