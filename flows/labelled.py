"""Requests whose labels have come, put among the records that a case is learned from.

They stand in one file with the source's own records, which DVC keeps; the source's block in the
params.yaml of a checkout names it. So what was learned from can be had again, as any own data.
"""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from caselab import cases
from caselab import params as parameters
from caselab.cases import Case
from caselab.data import conversions
from caselab.errors import UserError
from caselab.inspection import params_file
from caselab.numbers import counted
from caselab.params.loading import FILE
from caselab.project import places
from caselab.registry import asking
from caselab.serving import requests
from caselab.storage.files import replacing
from caselab.watching import labels
from flows import checkouts


def put_into(case: str, folder: Path, say: Callable[[str], None]) -> tuple[str, ...]:
    """Have a checkout learn from labelled requests too; return the files that Git is to keep.

    Raises:
        UserError: the log lacks a column that is learned from, or other cases share the source.
    """
    found, params = cases.load(case), parameters.load(folder)
    new = with_labels(case)
    if not len(new):
        say(f"No request of {case} has a label yet; only its source is learned from.")
        return ()
    source = params.cases[case].source
    of_source = [each for each, block in params.cases.items() if block.source == source]
    if others := [each for each in of_source if each != case]:
        raise UserError(
            f"The source {source} is also that of {', '.join(others)}, which the labels of {case} say "
            "nothing of; set retraining.labelled to false in params.yaml."
        )
    if lacking := [name for name in asking.needed_columns(case) if name not in new]:
        raise UserError(
            f"The log of requests does not hold {', '.join(lacking)}, which {case} learns from; take "
            "it out of serving.hide, or set retraining.labelled to false in params.yaml."
        )
    known = pd.read_parquet(folder / places.raw(source) / "records.parquet")
    together = joined(found, known, new)
    place = Path("data/own", f"{source}.parquet")
    with replacing(folder / place) as part:
        together.to_parquet(part, index=False)
    code, lines = checkouts.call(("dvc", "add", "--quiet", str(place)), folder, say)
    if code:
        raise UserError(
            f"DVC does not take {place} in: {lines[-1] if lines else 'no reason given'}."
        )
    text = (folder / FILE).read_text(encoding="utf-8")
    with replacing(folder / FILE) as part:
        block = {"origin": place.as_posix()}
        part.write_text(params_file.with_source(text, source, block), encoding="utf-8")
    say(
        f"{counted(len(new), 'labelled request')} beside {counted(len(known), 'record')} of {source}."
    )
    return f"{place}.dvc", str(place.parent / ".gitignore")


def with_labels(case: str) -> pd.DataFrame:
    """Return the logged records of a case whose labels have come, with these, the newest last."""
    log = requests.read(case)
    both = labels.beside(case, pd.concat([log[labels.KEY], requests.records(log)], axis="columns"))
    target = cases.load(case).target
    if target is None or target not in both:
        return both.head(0)
    return both[both[target].notna()].reset_index(drop=True)


def joined(case: Case, known: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return known records and new ones below each other; of one id the newest.

    A record without an id has its request's. Where columns are written otherwise, both become text,
    which the contract reads.
    """
    own = new[labels.REQUEST].astype(str) + "/" + new[labels.ROW].astype(str)
    ids = conversions.to_text(new[case.id])[0] if case.id in new else pd.Series(None, new.index)
    new = new.assign(**{case.id: ids.astype(object).where(ids.notna(), own)})
    if case.official:
        new = new.assign(**{case.official: "train"})
    new = new.reindex(columns=known.columns)
    columns = {}
    for name in known.columns:
        parts = [known[name], new[name]]
        if not all(map(pd.api.types.is_numeric_dtype, parts)):
            parts = [_written(part) for part in parts]
        columns[name] = pd.concat(parts, ignore_index=True)
    together = pd.DataFrame(columns)
    return together[
        ~conversions.to_text(together[case.id])[0].duplicated(keep="last").to_numpy()
    ].reset_index(drop=True)


def _written(column: pd.Series) -> pd.Series:
    """Return a column as text; pictures are what they are."""
    first = column.dropna().head(1).tolist()
    if first and isinstance(first[0], bytes):
        return column
    return conversions.to_text(column)[0].astype(object)
