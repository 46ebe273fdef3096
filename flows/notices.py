"""Notices by Prefect's blocks: e-mail, Slack, Teams, and all else that Prefect can notify by.

A block is filled in once on Prefect's page, which keeps its secrets, and named in params.yaml. Prefect's own
blocks send mail by services alone; `Email` does so by any mail server:
`prefect block register --file flows/notices.py` shows it to Prefect.
"""

from collections.abc import Iterable
from typing import Any

from prefect.blocks.abstract import NotificationBlock
from prefect.blocks.core import Block
from prefect.blocks.notifications import AppriseNotificationBlock
from pydantic import Field, SecretStr

from caselab.errors import UserError


class Email(AppriseNotificationBlock):
    """E-mail by a mail server."""

    _block_type_name = "E-mail"
    _block_type_slug = "email"

    url: SecretStr = Field(
        default=...,
        title="Address",
        description="Of the mail server, with who writes to whom, as Apprise has it.",
        examples=["mailtos://user:password@mail.example?from=caselab@example&to=team@example"],
    )


def send(names: Iterable[str], subject: str, text: str) -> list[str]:
    """Tell it by each of the blocks; return in sentences what hindered them, which undoes nothing."""
    hindered = []
    for name in names:
        try:
            found: Any = block(name)  # whose `notify` is one of two, as its caller is
            with found.raise_on_failure():
                found.notify(text, subject)
        except UserError as error:
            hindered.append(str(error))
        except Exception as error:  # whose words may hold an address with its password
            hindered.append(
                f"The notice by {name} could not be sent ({type(error).__name__}); look at that block "
                "on Prefect's page."
            )
    return hindered


def block(name: str) -> NotificationBlock:
    """Return the block of a name such as email/team.

    Raises:
        UserError: Prefect has none, or it is none that notifies.
    """
    try:
        found = Block.load(name)
    except ValueError:
        raise UserError(
            f"Prefect has no block {name}, which watching.blocks in params.yaml names; make it on its page "
            "(`prefect block register --file flows/notices.py` first, for e-mail)."
        ) from None
    if not isinstance(found, NotificationBlock):
        raise UserError(
            f"The block {name} of watching.blocks in params.yaml notifies nobody; name one such as "
            "email/team or slack-webhook/team."
        )
    return found
