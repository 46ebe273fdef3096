"""Two branches' dvc.lock as one: each stage as the side that changed it has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caselab.errors import UserError
from caselab.project import dvc_lock, git

FILE = Path("dvc.lock")


@dataclass(frozen=True)
class Merge:
    """A dvc.lock of both sides, and the stages that both had changed; ours stand in it."""

    content: dict[str, Any]
    ours: list[str]


def joined(base: str, ours: str, theirs: str) -> Merge:
    """Join two texts of dvc.lock that have come from `base`, stage by stage.

    A stage that one side left alone is as the other has it, gone where that one removed it. Of a
    stage that both changed, ours is kept: where it does not fit the merged files it is stale, and
    the next run makes it anew.

    Raises:
        UserError: one of them is no dvc.lock.
    """
    sides = [_stages(text, whose) for text, whose in ((base, "base"), (ours, "ours"))]
    sides.append(_stages(theirs, "theirs"))
    before, mine, others = sides
    stages, both = {}, []
    for address in dict.fromkeys([*mine, *others]):
        old, my, their = (side.get(address) for side in (before, mine, others))
        if my not in (old, their) and their != old:
            both.append(address)
        kept = their if my == old else my
        if kept is not None:
            stages[address] = kept
    both += [a for a in before if a not in mine and others.get(a, before[a]) != before[a]]
    return Merge({"schema": "2.0", "stages": stages}, sorted(set(both)))


def merge_files(base: Path, ours: Path, theirs: Path) -> Merge:
    """Join three files and write the outcome to `ours`, as git asks of a merge driver."""
    texts = [file.read_text(encoding="utf-8") for file in (base, ours, theirs)]
    merge = joined(*texts)
    ours.write_text(dvc_lock.text(merge.content), encoding="utf-8")
    return merge


def resolve() -> Merge:
    """Join the sides of a dvc.lock that git left in conflict, and tell git that it is resolved.

    Raises:
        UserError: it is in no conflict.
    """
    base, ours, theirs = git.sides(str(FILE))
    if not (ours and theirs):
        raise UserError(f"{FILE} is in no conflict, so there is nothing to merge.")
    merge = joined(base, ours, theirs)
    FILE.write_text(dvc_lock.text(merge.content), encoding="utf-8")
    git.add(str(FILE))
    return merge


def _stages(text: str, whose: str) -> Mapping[str, Any]:
    content = dvc_lock.parsed(text)
    if text.strip() and content is None:
        raise UserError(f"{FILE} as {whose} has it is no dvc.lock; take the other side's.")
    return content["stages"] if content else {}
