"""Who does something, and when: as runs, versions and looks at test rows are signed."""

import getpass
from datetime import UTC, datetime


def user() -> str:
    """Return the name of whoever runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's nameless user
        return "unknown"


def now() -> str:
    """Return the time, in UTC."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
