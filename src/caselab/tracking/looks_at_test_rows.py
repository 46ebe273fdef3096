"""Every look at a case's test rows, counted: the more looks, the less its scores still mean."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from caselab.project import places
from caselab.project.locks import exclusive
from caselab.tracking import authorship


@dataclass(frozen=True)
class Look:
    """One scoring of test rows."""

    when: str
    who: str
    what: str
    key: str
    """Of all that the scores come from: looking again at the same shows nothing new."""


def record(case: str, what: str, key: str) -> None:
    """Note that test rows of a case were scored just now, once for each key."""
    file = places.looks_at_test_rows(case)
    with exclusive(file.with_suffix(".lock")):
        if any((look.what, look.key) == (what, key) for look in all_of(case)):
            return
        look = Look(authorship.now(), authorship.user(), what, key)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(look)) + "\n")


def count(case: str) -> int:
    """Return how many different scores of a case's test rows were looked at in this project."""
    return sum(1 for _ in all_of(case))


def all_of(case: str) -> Iterator[Look]:
    """Give every look, the oldest first."""
    try:
        lines = places.looks_at_test_rows(case).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        yield Look(**json.loads(line))
