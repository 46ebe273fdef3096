"""The numbers of tokens: fitted on training sequences, kept with what was fitted on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from caselab.errors import UserError

PADDING, UNKNOWN, START, END = range(4)
"""Ids that stand for no token."""
SPECIAL = ("<padding>", "<unknown>", "<start>", "<end>")

Tokens = Sequence[Sequence[str]]
"""Sequences of tokens, each a list of them or a text of them between spaces."""


@dataclass(frozen=True)
class Vocabulary:
    """Tokens in the order of their ids, after the special ones."""

    tokens: list[str]

    @classmethod
    def of(cls, sequences: Iterable[Sequence[str]], least: int = 1) -> Vocabulary:
        """Return the tokens that come `least` times or more, the commonest first."""
        counts = Counter(str(token) for sequence in sequences for token in sequence)
        kept = [(-count, token) for token, count in counts.items() if count >= least]
        return cls([token for _, token in sorted(kept)])

    def __len__(self) -> int:
        return len(SPECIAL) + len(self.tokens)

    def ids(
        self, sequences: Iterable[Sequence[str]], *, start: bool = False, end: bool = False
    ) -> list[np.ndarray]:
        """Return the ids (time,) of each sequence, with its start and end marked if asked for."""
        number = {token: place for place, token in enumerate(self.tokens, start=len(SPECIAL))}
        return [
            np.array(
                [START] * start + [number.get(str(t), UNKNOWN) for t in sequence] + [END] * end,
                dtype=np.int64,
            )
            for sequence in sequences
        ]

    def words(self, ids: Iterable[int]) -> list[str]:
        """Return the tokens of ids up to the first end, without other special ones."""
        found = []
        for number in ids:
            if number == END:
                break
            if number >= len(SPECIAL):
                found.append(self.tokens[number - len(SPECIAL)])
            elif number == UNKNOWN:
                found.append(SPECIAL[UNKNOWN])
        return found


def tokens(sequences: Any) -> Tokens:
    """Return lists of tokens; texts, also those of one column, are split at their spaces."""
    rows = np.ravel(sequences) if isinstance(sequences, np.ndarray) else sequences
    return [row.split() if isinstance(row, str) else row for row in rows]


def check_aligned(X: Tokens, y: Tokens) -> None:
    """Refuse sequences that have not one target for each token.

    Raises:
        UserError: there is one.
    """
    for row, (sequence, asked) in enumerate(zip(X, y, strict=True)):
        if len(sequence) != len(asked):
            raise UserError(
                f"Sequence {row + 1:,} has {len(sequence)} tokens and {len(asked)} targets; give one "
                "target for each token."
            )
