"""User errors: the one kind that is the user's to mend."""

import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

MOST = 20
"""Names that a sentence lists where none is near."""


class UserError(Exception):
    """Say in one sentence what is wrong, where, and how to mend it; the command ends with code 2."""


def tell(error: UserError) -> None:
    """Say it in one line on stderr, as all commands do."""
    sys.stderr.write(f"caselab: {' '.join(str(error).split())}\n")
    sys.stderr.flush()


class RowError(UserError):
    """Some rows cannot be used, and all others can; the sentence speaks of the first.

    `notes` says of each of them what is wrong, by its place; `where` is how the sentence speaks of
    the first, such as `row 2 of 3`: who knows the rows' ids can say which it is.
    """

    def __init__(self, sentence: str, notes: Mapping[int, str], where: str) -> None:
        super().__init__(sentence)
        self.notes = dict(notes)
        self.row = min(notes)
        self.where = where

    def with_id(self, name: object) -> UserError:
        """Return the same error, with the row's id behind its number."""
        return UserError(str(self).replace(self.where, f"{self.where} ({name})", 1))


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
    """Return the error for a `name` that is none of the `known` ones, with the nearest of them."""
    names = sorted(known)
    if near := get_close_matches(str(name), names, n=3):
        return UserError(f"There is no {kind} {name!r}; the nearest: {', '.join(near)}.")
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return UserError(
        f"There is no {kind} {name!r}; known: {', '.join(names[:MOST]) or 'none'}{more}."
    )
