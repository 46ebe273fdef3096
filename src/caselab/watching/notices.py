"""Tell somebody: a text posted to a webhook, as Slack, Mattermost, Teams and many others take it."""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from caselab.errors import UserError

PATIENCE = 10.0  # seconds
VARIABLE = "env:"


def address(webhook: str) -> str:
    """Return a webhook's address; `env:NAME` is that of the variable NAME, as it may be a secret.

    Raises:
        UserError: the variable is not set, or the address is none of HTTP.
    """
    name = webhook.removeprefix(VARIABLE)
    found = os.environ.get(name, "") if webhook.startswith(VARIABLE) else webhook
    if not found:
        raise UserError(
            f"watching.webhook in params.yaml is {webhook}, and {name} is not set; set it to the "
            "webhook's address."
        )
    if not found.startswith(("http://", "https://")):
        raise UserError("The address of watching.webhook must begin with https:// or http://.")
    return found


def send(webhook: str, text: str, more: Mapping[str, Any]) -> str | None:
    """Post a notice; return in a sentence what hindered it, which undoes nothing."""
    try:
        request = urllib.request.Request(  # noqa: S310  checked above
            address(webhook),
            json.dumps({"text": text, **more}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE):  # noqa: S310
            return None
    except UserError as error:
        return str(error)
    except (http.client.HTTPException, ValueError) as error:
        # Its words may hold the address, which may be a secret.
        return f"The notice could not be sent: {type(error).__name__}."
    except OSError as error:
        reason = getattr(error, "reason", error)
        code = f" ({error.code})" if isinstance(error, urllib.error.HTTPError) else ""
        return f"The notice could not be sent: {reason}{code}."
