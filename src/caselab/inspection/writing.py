"""Write a proposal down, after a rehearsal: a case's file and its blocks, both or neither."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pandas as pd

from caselab import params
from caselab.cases import Case
from caselab.errors import UserError
from caselab.inspection import case_file, params_file
from caselab.inspection.proposal import Proposal
from caselab.params import CaseBlock
from caselab.params.checks import names
from caselab.params.signatures import PACKAGE
from caselab.stages import VERBS, prepare
from caselab.storage import files

MARK = "Proposed by `caselab new`"
FILE = Path("params.yaml")
MOST_LETTERS = 60


def check_name(name: str, *, force: bool = False, package: Path = PACKAGE) -> None:
    """Refuse a name that no case can have, or that is taken.

    Raises:
        UserError: it is one of these.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        near = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "shop"
        near = f"{near}_case" if keyword.iskeyword(near) else f"{'c' * near[0].isdigit()}{near}"
        raise UserError(
            f"{name!r} is no name for a case, which is a Python module: small letters, digits and "
            f"_, a letter first, and no word of Python; take {near}."
        )
    if len(name) > MOST_LETTERS:
        raise UserError(
            f"The case's name has {len(name):,} letters, and a file's name no room for them; take "
            f"one of {MOST_LETTERS} at most."
        )
    path = _path(name, package)
    if path.exists():
        if not force:
            raise UserError(
                f"There is a case {name!r} already ({path.name} in cases/); take another name, or "
                "write it anew with --force."
            )
        if MARK not in path.read_text(encoding="utf-8"):
            raise UserError(
                f"The case {name!r} was not written by `caselab new`, so --force leaves it alone; "
                "take another name, or remove its file yourself."
            )
    elif study := [each for each in names(package / "cases") if each.startswith(f"{name}_")]:
        raise UserError(
            f"{name!r} is the study of {', '.join(study)}, which `caselab run {name}` would run "
            "with it; take another name."
        )
    elif name in VERBS:
        raise UserError(
            f"{name!r} is a stage, which `caselab run {name}` would no longer mean; take another name."
        )
    elif name in params_file.names(_params()):
        raise UserError(
            f"{FILE} has a block {name!r} already; take another name, or remove that block."
        )


def rehearse(proposal: Proposal, records: pd.DataFrame) -> dict[str, int]:
    """Try contract, repairs, split and folds on the records; return the rows of each part.

    Raises:
        UserError: the case as proposed would not run.
    """
    block = params_file.blocks(proposal)["cases"][proposal.name]
    batches = (records[i : i + prepare.BATCH] for i in range(0, len(records), prepare.BATCH))
    _, _, report = prepare.prepare(batches, _case(proposal), CaseBlock.model_validate(block))
    return dict(report["rows"])


def write(proposal: Proposal, query: str = "", package: Path = PACKAGE) -> list[Path]:
    """Write the case's file, its blocks and its query; return the files.

    Raises:
        UserError: what was written cannot be read again; all is as before.
    """
    text = params_file.without_case(_params(), proposal.name)
    new = {
        _path(proposal.name, package): case_file.text(proposal),
        FILE: params_file.with_blocks(text, params_file.blocks(proposal)),
    }
    if query:
        new = {Path(proposal.source["origin"]): query} | new
    before = {path: path.read_bytes() if path.exists() else None for path in new}
    try:
        _write(new)
        params.load(package=package)
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        raise
    return list(new)


def _write(new: Mapping[Path, str]) -> None:
    for path, content in new.items():
        with files.replacing(path) as part:
            part.write_text(content, encoding="utf-8")


def _case(proposal: Proposal) -> Case:
    """Return the case as its file would define it."""
    module = ModuleType(f"rehearsal_of_{proposal.name}")
    exec(compile(case_file.text(proposal), f"{proposal.name}.py", "exec"), module.__dict__)  # noqa: S102
    case = module.__dict__["case"]
    assert isinstance(case, Case)
    return case


def _path(name: str, package: Path) -> Path:
    return package / "cases" / f"{name}.py"


def _params() -> str:
    return FILE.read_text(encoding="utf-8")
