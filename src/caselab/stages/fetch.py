"""Bring a source's records into the project, with what a user must know about them."""

from __future__ import annotations

from caselab import sources
from caselab.params import Params
from caselab.project import places
from caselab.storage import files

ROWS = 250_000
"""In a row group, so that a long table can be read in parts."""


def run(params: Params, name: str) -> None:
    """Leave `records.parquet` and `source.json` (title, licence, citation, url, columns)."""
    block = params.sources[name]
    source = sources.load(block.origin, **block.options)
    records = sources.records(source)
    with files.replacing(places.raw(name)) as folder:
        folder.mkdir()
        records.to_parquet(folder / "records.parquet", index=False, row_group_size=ROWS)
        files.write_json(
            folder / "source.json",
            {
                "title": source.title,
                "licence": source.licence,
                "citation": source.citation,
                "url": source.url,
                "rows": len(records),
                "columns": {column: str(dtype) for column, dtype in records.dtypes.items()},
            },
        )
