"""A case's page: all that is known of it in one HTML file, which needs no network.

It tells times, versions and the champions' history, which differ from run to run; so it is no output
of a stage and DVC does not hash it. It lies beside the leaderboard, which compare writes anew, and
is made again whenever it is asked for.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from caselab import numbers
from caselab.errors import UserError
from caselab.params import Params, descriptions
from caselab.params.checks import fact, facts
from caselab.params.signatures import PACKAGE, module
from caselab.project import addresses, dvc_lock, git, leaderboards, places
from caselab.registry import champions
from caselab.storage.files import replacing
from caselab.templates import template
from caselab.tracking import authorship, hyperparameters, looks_at_test_rows, run_references, store

PARTS = {"whole": "all", "all": "all", "train": "train", "test": "test"}
"""The parts of a case's rows whose targets are shown, in this order; folds are much like train."""

BROAD = 1400
"""Pixels from which on a picture has a row of its own: beside another its words are too small."""


@dataclass(frozen=True)
class Picture:
    """A picture that the page holds."""

    name: str
    source: str
    """Its bytes, as an address."""
    broad: bool


def write(params: Params, case: str) -> Path:
    """Write a case's page, and return where it is.

    Raises:
        UserError: there is no such case, or it has no leaderboard yet.
    """
    params.known(case)
    board = leaderboards.read(case)
    if board is None:
        raise UserError(f"The case {case} has no leaderboard yet; run `caselab run {case}`.")
    file = places.page(case)
    with replacing(file) as part:
        part.write_text(_render(params, case, board), encoding="utf-8")
    return file


def publish(params: Params, case: str) -> Path:
    """Write a case's page, and keep it in MLflow with the run of its champion, or its candidate."""
    file = write(params, case)
    board, champion = leaderboards.read(case) or {}, champions.remembered(case) or {}
    run = run_references.known(champion.get("pipeline", board.get("candidate", "")))
    if run is not None and run.run_id is not None and not store.is_off():
        with store.client() as client:
            client.log_artifact(run.run_id, str(file))
    return file


def _render(params: Params, case: str, board: Mapping[str, Any]) -> str:
    champion = champions.remembered(case)
    best = champion["pipeline"] if champion else board["candidate"]
    here = champion is not None and champions.is_here(champion)
    rows = [
        {**row, "run": run_references.known(row["pipeline"]), "place": place}
        for place, row in enumerate(board["rows"], start=1)
    ]
    return template("caselab.pages", "case.html").render(
        case=case,
        facts=facts(case),
        board=board,
        preference=leaderboards.preference(board),
        rows=rows,
        linked=any(row["run"] and row["run"].url for row in rows) and store.is_served(),
        local=store.database() is not None,
        champion=champion,
        reigning=best if here else None,
        newer=champions.newer_here(champion) if champion and not here else "",
        best=best,
        title=fact(case, "title"),
        data=_data(params, case),
        leaderboard=_picture(places.leaderboard(case) / "leaderboard.png"),
        overlays=list(_pictures(places.leaderboard(case) / "plots", board["overlays"])),
        pictures=list(_pictures(places.report(case, best) / "plots", _plots(case))),
        settings=hyperparameters.effective(params, best) if best in params.pipelines else {},
        chosen=hyperparameters.chosen(params, best) if best in params.pipelines else set(),
        lineage=list(_lineage(params, case, best)),
        commit=git.commit(),
        uncommitted=git.uncommitted(),
        looks=numbers.counted(looks_at_test_rows.count(case), "time"),
        made=authorship.now(),
        version=metadata.version("caselab"),
    )


def _data(params: Params, case: str) -> dict[str, Any]:
    """Return what is known of the records: where from, how many, what was done to them."""
    from caselab import sources

    block = params.cases[case]
    origin = params.sources[block.source].origin
    source = sources.load(origin) if origin.endswith(".py") else None
    try:
        report = json.loads((places.prepared(case) / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # prepared elsewhere, and not pulled
        report = {}
    counted = ("rows", "repairs", "values converted", "columns dropped")
    return {
        "source": source.title if source else origin,
        "licence": source.licence if source else "",
        "citation": source.citation if source else "",
        "page": source.url if source else "",
        "split": descriptions.split(block.split),
        "validation": descriptions.validation(block.validation),
        **{name: report.get(name, {}) for name in counted},
        "targets": {
            name: {told: found[part] for part, told in PARTS.items() if part in found}
            for name, found in report.items()
            if name not in counted and isinstance(found, dict)
        },
    }


def _lineage(params: Params, case: str, pipeline: str) -> Iterator[tuple[str, str, str]]:
    """Yield what the pipeline's answers come from: stage, path and DVC's hash, in order."""
    if pipeline not in params.pipelines:
        return
    locked = dvc_lock.read()
    for address in (
        f"fetch@{params.cases[case].source}",
        f"prepare@{case}",
        f"featurize@{params.pipelines[pipeline].view}",
        *dict.fromkeys(addresses.leaving(part, pipeline) for part in ("train", "evaluate")),
        f"compare@{case}",
    ):
        if address in locked:
            for path, digest in locked[address].outputs.items():
                yield address, path, digest


def _plots(case: str) -> list[str]:
    """Return the plots of the case's kind of problem, in its order, without importing it."""
    problem = module(PACKAGE / "problems" / f"{fact(case, 'problem')}.py").call("problem")
    return [name.partition(".")[2] for name in problem.get("plots", ())]


def _pictures(folder: Path, order: Sequence[str]) -> Iterator[Picture]:
    files = {file.stem: file for file in sorted(folder.glob("*.png"))}
    first = [name for name in order if name in files]
    for name in (*first, *(name for name in files if name not in first)):
        yield _picture(files[name])


def _picture(file: Path) -> Picture:
    content = file.read_bytes()
    width = int.from_bytes(content[16:20], "big")  # as a PNG's header has it
    source = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return Picture(file.stem.replace("_", " "), source, width >= BROAD)
