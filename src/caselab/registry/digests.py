"""Whether the files of a registered version are those that were registered.

The registry keeps one digest with a version; the list of files behind it lies among them, in the
form that `sha256sum --check` reads.
"""

import hashlib
from pathlib import Path

from caselab.data.transfers import sha256_of
from caselab.errors import UserError
from caselab.project import places
from caselab.registry import versions
from caselab.registry.versions import Version

TAG = "caselab.sha256"
"""The tag of a version with the digest of the list of its files."""

LIST = "sha256sums.txt"

_LEFT_BY_MLFLOW = ("__pycache__", "registered_model_meta")
"""What loading or fetching a model with MLflow leaves beside it; we never read it."""


def keep(folder: Path) -> str:
    """Write the list of a model's files beside them, and return its digest."""
    (folder / LIST).write_text(_list(folder), encoding="utf-8")
    return sha256_of(folder / LIST)


def checked(each: Version) -> Path:
    """Return the folder of a version, whose files are those that were registered.

    Raises:
        UserError: a file is another one, is missing, or came later; or nobody can tell.
    """
    if TAG not in each.tags:
        raise UserError(
            f"Version {each.number} of {each.case} has no digest of its files, so nobody can tell "
            "whether they are those that were registered; delete it in MLflow's page and run "
            f"`caselab promote {each.case} --again`, which registers the candidate anew."
        )
    folder = versions.folder(each)
    require(folder, each.tags[TAG], each.case, each.number)
    return folder


def require(folder: Path, sha256: str, case: str, number: int) -> None:
    """Refuse a version's folder whose files are not those behind its digest.

    Raises:
        UserError: a file is another one, is missing, or came later.
    """
    now = _list(folder)
    if _sha256(now) == sha256:
        return
    try:
        then = (folder / LIST).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        then = ""
    differing = set(then.splitlines()) ^ set(now.splitlines())
    names = sorted({line.partition("  ")[2] for line in differing})
    if _sha256(then) != sha256:
        names = [LIST]  # tells nothing of the others any more
    fetched = folder == places.registered(case, number)
    mend = (
        "remove that folder, and it is fetched anew"
        if fetched
        else f"restore it from a copy, or delete the version in MLflow's page and run "
        f"`caselab promote {case} --again`"
    )
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    raise UserError(
        f"Version {number} of {case} is not what was registered and was not loaded: "
        f"{', '.join(names[:3])}{more} in {folder} "
        f"{'differ' if len(names) > 1 else 'differs'}; {mend}."
    )


def _list(folder: Path) -> str:
    files = sorted(file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
    return "".join(
        f"{sha256_of(folder / file)}  {file.as_posix()}\n"
        for file in files
        if file.parts[0] not in (LIST, *_LEFT_BY_MLFLOW)
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
