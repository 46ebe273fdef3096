"""new: a case from data that nobody prepared."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape

from caselab.cli import running, tables
from caselab.errors import UserError
from caselab.inspection import data, writing
from caselab.inspection.columns import Profile
from caselab.inspection.proposal import Proposal, propose
from caselab.inspection.roles import Wishes


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
) -> None:
    """Inspect the data, print what is proposed, write it down if it is wanted, and run it."""
    writing.check_name(name, force=force)
    found = data.find(name, place, query, options)
    proposal, records = propose(name, found.block, found.records, wishes)
    rows = writing.rehearse(proposal, records)
    show(proposal, rows)
    console = tables.console()
    for note in found.notes:
        console.print(f"[dim]·[/dim] {escape(note)}")
    if found.is_elsewhere:
        console.print(f"[dim]{escape(place)} lies outside of the project; others will not have it.")
    if not yes:
        if not sys.stdin.isatty():
            raise UserError("Nothing is written: there is nobody to ask here; say yes with --yes.")
        if not typer.confirm("Write this case?", default=True):
            return
    for path in writing.write(proposal, found.query):
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        console.print(f"wrote {shown}", markup=False)
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
    facts = {
        "problem": asked,
        "rows": f"{rows['train']:,} train, {rows['test']:,} test, {rows['dropped']:,} left out",
        "split": f"by {split.get('kind', 'hash of the id')}",
        "validation": f"{validation['kind']}, {validation['folds']} folds",
        "views": ", ".join(proposal.views),
        "pipelines": ", ".join(proposal.pipelines),
    }
    console.print(f"[bold]{escape(proposal.name)}")
    for key, value in facts.items():
        console.print(f"  [dim]{key:12}[/dim] {escape(value)}")
    columns = ("column", "type", ">missing", ">different", "~seen", "~use")
    console.print(tables.table(columns, _rows(proposal), spare=(">different", ">missing")))
    for note in proposal.notes:
        console.print(f"[dim]·[/dim] {escape(note)}")


def _rows(proposal: Proposal) -> Iterator[tuple[str, ...]]:
    if proposal.id not in {column.name for column in proposal.columns}:
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
