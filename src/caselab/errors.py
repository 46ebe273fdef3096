"""User errors: the one kind that is the user's to mend."""

from collections.abc import Iterable
from difflib import get_close_matches

MOST = 20
"""Names that a sentence lists where none is near."""


class UserError(Exception):
    """Say in one sentence what is wrong, where, and how to mend it; the command ends with code 2."""


class RowError(UserError):
    """One row cannot be used; who knows the rows' ids can say which it is.

    `where` is how the sentence speaks of it, such as `row 2 of 3`.
    """

    def __init__(self, sentence: str, row: int, where: str) -> None:
        super().__init__(sentence)
        self.row = row
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
