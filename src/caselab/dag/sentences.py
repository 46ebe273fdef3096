"""What DVC says of a user's files, in one sentence with the mend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dvc.exceptions import DvcException

from caselab.errors import UserError
from caselab.project import dvc_lock

_HINTS = {
    "is not a git repository": " Make it one with `git init`, or do without by "
    "`dvc config core.no_scm true`.",
    "RWLock-file": " Once no other DVC command runs, `rm .dvc/tmp/rwlock`.",
    "dvc.yaml": " Mend it, or restore it with `git checkout dvc.yaml`.",
}


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn what DVC says of a user's files into one sentence."""
    try:
        yield
    except DvcException as error:
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        message = " ".join(f"{error}{cause}".split())
        hint = next((hint for sign, hint in _HINTS.items() if sign in message), "")
        if "dvc.lock" in message:
            raise UserError(f"{message.rstrip('.')}; {dvc_lock.mend()}.") from error
        raise UserError(f"{message.rstrip('.')}.{hint}") from error
