"""merge-lock: two branches' dvc.lock as one, after git has left it in conflict or in its stead."""

import sys
from collections.abc import Sequence
from pathlib import Path

from caselab.errors import UserError
from caselab.numbers import counted
from caselab.project import lock_merge, places


def merge_lock(files: Sequence[Path]) -> None:
    """Join the sides of the project's dvc.lock, or three files as git's merge driver.

    Raises:
        UserError: there is no conflict, or a side is no dvc.lock.
    """
    if files:
        if len(files) != 3:
            raise UserError("Name base, ours and theirs, or no file after a merge in conflict.")
        merge = lock_merge.merge_files(*files)
    else:
        places.enter_root()
        merge = lock_merge.resolve()
    words = f"dvc.lock has {counted(len(merge.content['stages']), 'stage')} of both sides."
    if merge.ours:
        words += (
            f" Changed on both, and kept as ours: {', '.join(merge.ours)}; `caselab run` makes anew "
            "what of it does not fit."
        )
    sys.stderr.write(f"{words}\n")  # where git shows what a merge driver says
