"""What users bring: a table, a query to a database, a folder of pictures or of texts; one file each.

`read(path, **options)` of each returns the records; the options are the keys of the source's block.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselab.params.origins import reader

if TYPE_CHECKING:
    import pandas as pd


def read(path: Path, **options: Any) -> pd.DataFrame:
    """Return the records that the origin at `path` holds.

    Raises:
        UserError: it is not there, cannot be read, or holds no rows.
    """
    name = reader(path.as_posix())
    records: pd.DataFrame = import_module(f"{__name__}.{name}").read(path, **options)
    return records
