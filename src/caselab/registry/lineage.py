"""What stays with a version of what it was made from, as texts in a folder of its artifacts."""

from collections.abc import Iterator
from pathlib import Path

from caselab.errors import UserError
from caselab.project import git
from caselab.registry import versions
from caselab.registry.versions import Version

FOLDER = "lineage"
"""Its name under a model's artifacts."""

KEPT = ("dvc.lock", "params.yaml", "constraints.txt")
"""Files of the project that stay with a version."""


def texts() -> dict[str, str]:
    """Return the texts to keep, by file name: how a model was made, and what Git does not know."""
    found = {name: Path(name).read_text(encoding="utf-8") for name in KEPT if Path(name).exists()}
    if changed := git.difference():
        found["uncommitted.patch"] = changed
    return found


def dvc_locks(kept: list[Version]) -> Iterator[Path]:
    """Give the dvc.lock that each version keeps of the project as it then was.

    Raises:
        UserError: a version has lost it, so nobody can tell what it needs.
    """
    for version in kept:
        lock = versions.folder(version) / "artifacts" / FOLDER / "dvc.lock"
        if not lock.exists():
            raise UserError(
                f"Version {version.number} of {version.case} has lost {lock}, so nobody can tell "
                "what it needs; delete that version in MLflow's page first."
            )
        yield lock
