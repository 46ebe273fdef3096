"""new: a case from data that nobody prepared."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape

from caselab.cli import running, tables
from caselab.errors import UserError
from caselab.inspection import data, generation, series, tagging, taking_in, writing
from caselab.inspection import proposal as tables_of_rows
from caselab.inspection.columns import Profile
from caselab.inspection.data import Found
from caselab.inspection.proposal import Proposal
from caselab.inspection.wishes import Wishes
from caselab.project.keeping import Keeping, home, keeping

PROPOSE = {
    "forecasting": series.propose,
    "tagging": tagging.propose,
    "generation": generation.propose,
}
"""How a kind of problem is proposed, where rows are no rows of a table."""


def new(
    name: str,
    place: str,
    query: str | None,
    wishes: Wishes,
    options: dict[str, Any],
    *,
    yes: bool,
    force: bool,
    run: bool,
    take_in: bool,
) -> None:
    """Inspect the data, print what is proposed, write it down if it is wanted, and run it."""
    writing.check_name(name, force=force)
    found = data.find(name, place, query, options)
    propose = PROPOSE.get(wishes.problem or "", tables_of_rows.propose)
    proposal, records = propose(name, found.block, found.records, wishes)
    rows = writing.rehearse(proposal, records)
    show(proposal, rows)
    console = tables.console()
    for note in found.notes:
        console.print(f"[dim]·[/dim] {escape(note)}")
    if not yes:
        if not sys.stdin.isatty():
            raise UserError("Nothing is written: there is nobody to ask here; say yes with --yes.")
        if not typer.confirm("Write this case?", default=True):
            return
    kept = _kept(found, take_in, ask=not yes)
    proposal = replace(proposal, source=proposal.source | {"origin": kept.path.as_posix()})
    for path in writing.write(proposal, found.query):
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        console.print(f"wrote {shown}", markup=False)
    if not found.query and kept.lack:
        again = ", or propose it again with --force --take-in" if kept.by == "nobody" else ""
        console.print(
            f"Nobody else can run this case yet: {kept.lack}; {kept.mend}{again}.", markup=False
        )
    if found.secret:
        variable = found.block["database"].removeprefix("env:")
        os.environ[variable] = found.secret
        console.print(
            f"The database's address holds a secret and is written nowhere; say "
            f"`export {variable}=...` before you run this case again.",
            markup=False,
        )
    if run:
        console.print(f"caselab run {name}", style="dim")
        running.run([name], [], [])
    else:
        console.print(f"Read it, edit it, then `caselab run {name}`.", markup=False)


def _kept(found: Found, take_in: bool, ask: bool) -> Keeping:
    """Return who keeps the data, after they were taken in where that is wanted."""
    kept = keeping(Path(found.block["origin"]))
    if found.query or "database" in found.block:  # a text, which Git keeps
        return kept
    if kept.by == "nobody" and ask and not take_in:
        where = f" (a copy in {home(kept.path)})" if kept.is_elsewhere else ""
        take_in = typer.confirm(f"{kept.lack}; shall DVC keep it{where}?", default=True)
    if take_in and kept.by == "nobody":
        kept = keeping(taking_in.take_in(kept.path))
        tables.console().print(f"DVC keeps {kept.path}", markup=False)
    return kept


def show(proposal: Proposal, rows: dict[str, int]) -> None:
    """Print a proposal."""
    console = tables.console()
    classes = len(proposal.classes)
    asked = f"{proposal.problem}, by {proposal.metric}"
    if classes:
        asked += f"; {classes} classes"
    if proposal.positive is not None:
        asked += f", looking for {proposal.positive!r}"
    split, validation = proposal.split, proposal.validation
    if proposal.moments is not None:
        asked += f", {proposal.moments.horizon:,} moments ahead"
    facts = {
        "problem": asked,
        "rows": f"{rows['train']:,} train, {rows['test']:,} test, {rows['dropped']:,} left out",
        "split": f"by {split.get('kind', 'hash of the id')}",
        "validation": f"{validation['kind']}, {validation['folds']} folds",
        "views": ", ".join(proposal.views),
        "pipelines": ", ".join([*proposal.pipelines, *proposal.blends]),
    }
    console.print(f"[bold]{escape(proposal.name)}")
    for key, value in facts.items():
        console.print(f"  [dim]{key:12}[/dim] {escape(value)}")
    columns = ("column", "type", ">missing", ">different", "~seen", "~use")
    console.print(tables.table(columns, _rows(proposal), spare=(">different", ">missing")))
    for note in proposal.notes:
        console.print(f"[dim]·[/dim] {escape(note)}")


def _rows(proposal: Proposal) -> Iterator[tuple[str, ...]]:
    made = proposal.moments is None and proposal.id not in {each.name for each in proposal.columns}
    if made:
        yield proposal.id, "code", "", "", "", "id: a hash of what the row holds"
    for column in proposal.columns:
        profile = column.profile
        use = column.role if column.role != "seen" else ""
        yield (
            column.name,
            profile.kind,
            _share(profile.missing, profile.rows),
            f"{profile.distinct:,}" if profile.kind != "picture" else "",
            _seen(profile),
            f"{use}: {column.note}" if column.note else use,
        )


def _share(rows: int, of: int) -> str:
    """Return a share in percent, nothing for none; one row in a thousand is not 0 %."""
    if rows in (0, of):
        return "100%" if rows else ""
    return f"{min(max(rows / of, 0.01), 0.99):.0%}"


def _seen(column: Profile) -> str:
    """Return what a column holds, in a few words."""
    if column.kind in ("number", "whole number"):
        return f"{column.low:g} to {column.high:g}"
    if column.kind == "date":
        return f"{column.low:%Y-%m-%d} to {column.high:%Y-%m-%d}"
    if column.kind == "picture":
        return ""
    few = 0 < len(column.categories) <= 4
    words = [str(each) for each in column.categories] if few else list(column.examples)
    more = ", …" * (not few and column.distinct > len(words))
    return ", ".join(word if len(word) <= 30 else f"{word[:29]}…" for word in words) + more
