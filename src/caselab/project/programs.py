"""Other programs, run to their end with what they say kept."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Return the exit code of a command in a folder, and all that it printed.

    `environment` is added to ours.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def last_line(printed: str) -> str:
    """Return the last line that a program printed, which tells most often why it failed."""
    lines = printed.strip().splitlines()
    return lines[-1] if lines else "no reason given"
