"""What the server tells whoever watches its console."""

import sys
from contextlib import suppress


def tell(text: str) -> None:
    """Write to the console, where there still is one: that it is gone stops no case."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"caselab: {text}\n")
