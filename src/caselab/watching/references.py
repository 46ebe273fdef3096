"""What a registered version learned from, in numbers that are kept with its run.

They are written down when the version becomes champion, while its training rows are surely there;
later a source may have been fetched anew, or the version be watched on another machine. They are no
part of the model: its files stay what they are.

Inputs are those of the training rows. Answers are those to the test rows: of all rows with answers
only these had the very model that is asked now, and had not been learned from.
"""

from __future__ import annotations

import json
import tempfile
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from caselab import cases
from caselab.data import series
from caselab.errors import UserError
from caselab.project import addresses, dvc_lock, places
from caselab.registry import lineage
from caselab.storage import datasets
from caselab.storage.files import write_json
from caselab.tracking import store
from caselab.watching import calibration, columns

FILE = "reference.json"
"""Its name among a run's artifacts."""

_ANSWER = "answer_"


@dataclass(frozen=True)
class Reference:
    """What watched records are held against."""

    rows: int
    """That were learned from."""
    columns: Mapping[str, Any]
    """Statistics by column, see `columns.summaries`."""
    answers: Mapping[str, Any]
    target: Mapping[str, Any]
    """Statistics of what came true; empty where there is no target."""
    records: int
    broken: int
    """Raw records, and how many of them broke the contract."""
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Columns that are not watched, and why."""
    calibration: Mapping[str, Any] = field(default_factory=dict)
    """What probabilities mean, see `calibration.fit`."""


def make(case: str, pipeline: str) -> Reference:
    """Return what a pipeline's present training rows and test answers are like."""
    train = datasets.read(places.prepared(case) / "train")
    target = cases.load(case).target
    X = train.X if isinstance(train.X, pd.DataFrame) else pd.DataFrame()
    moments = {cases.load(case).time, series.SECONDS if cases.load(case).past else None}
    moving = [str(name) for name in X if name in moments]  # on by itself, whatever it is written as
    kept, skipped = columns.summaries(X.drop(columns=moving))
    told = pd.read_parquet(places.report(case, pipeline) / "rows/predictions.parquet")
    answers = told.filter(regex=f"^{_ANSWER}").rename(columns=lambda name: name[len(_ANSWER) :])
    watched = answers.assign(decision=told["decided"]) if "decided" in told else answers
    report = json.loads((places.prepared(case) / "report.json").read_text(encoding="utf-8"))
    return Reference(
        rows=len(train),
        columns=kept,
        answers=columns.summaries(without_complements(watched))[0],
        target={} if train.y is None else columns.summaries(train.y.to_frame(target))[0],
        records=report["rows"]["raw"],
        broken=report["rows"].get("quarantined", 0),
        skipped={**skipped, **dict.fromkeys(moving, columns.A_TIME)},
        calibration=calibration.fit(case, told.get("target"), answers),
    )


def without_complements(answers: pd.DataFrame) -> pd.DataFrame:
    """Return answers without the first of two probabilities that make up one: it says the same."""
    numbers = answers.select_dtypes("number")
    if numbers.shape[1] == 2 and (numbers.sum(axis=1) - 1).abs().max() < 1e-6:
        return answers.drop(columns=numbers.columns[0])
    return answers


def keep(run_id: str, reference: Reference) -> None:
    """Keep a reference with the run that a version comes from."""
    with store.client() as client, tempfile.TemporaryDirectory() as folder:
        write_json(Path(folder, FILE), asdict(reference))
        client.log_artifact(run_id, str(Path(folder, FILE)))


def keep_made(run_id: str, case: str, pipeline: str) -> str:
    """Make and keep the reference of a version; return in a sentence what hindered it, nothing if it is kept.

    No fault here keeps a version from becoming champion: the gate has decided, the model answers
    without, and a watch can make the reference later.

    Raises:
        StoreError: the registry cannot be reached, which then nobody can promote in.
    """
    try:
        keep(run_id, make(case, pipeline))
    except store.StoreError:
        raise
    except Exception as error:
        traceback.print_exc()
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        return (
            f"What it learned from could not be put into numbers ({why}); `caselab watch {case}` tries again "
            "while its rows lie here."
        )
    return ""


def of_champion(champion: Mapping[str, Any]) -> Reference:
    """Return the reference of a champion, by what is known of it.

    A version that became champion without one gets one made of what it learned from, if that lies here.

    Raises:
        UserError: it has none, and what it learned from is no longer here.
    """
    case, run_id = champion["case"], champion["run_id"]
    here = places.watched(case) / f"{run_id}.json"
    if not here.exists() and not _fetch(run_id, here):
        _require_training_rows(champion)
        write_json(here, asdict(make(case, champion["pipeline"])))
    return Reference(**json.loads(here.read_text(encoding="utf-8")))


def _fetch(run_id: str, into: Path) -> bool:
    with store.client() as client:
        if FILE not in {file.path for file in client.list_artifacts(run_id)}:
            return False
        with tempfile.TemporaryDirectory() as folder:
            found = client.download_artifacts(run_id, FILE, folder)
            content = json.loads(Path(found).read_text(encoding="utf-8"))
    write_json(into, content)
    return True


def _require_training_rows(champion: Mapping[str, Any]) -> None:
    case, pipeline = champion["case"], champion["pipeline"]
    lock = Path(champion["folder"], "artifacts", lineage.FOLDER, "dvc.lock")
    needed = [
        (f"prepare@{case}", places.prepared(case)),
        (addresses.leaving("evaluate", pipeline), places.report(case, pipeline) / "rows"),
    ]
    then = {
        path.as_posix(): dvc_lock.outputs(stage, lock).get(path.as_posix(), "")
        for stage, path in needed
    }
    if lacking := dvc_lock.differing(then):
        raise UserError(
            f"Version {champion['version']} of {case} has no statistics of what it "
            f"learned from, and {lacking[0]} is no longer what it was then; `git checkout` its "
            f"commit {champion['commit'][:10]} and `dvc checkout` once, or promote a newer version."
        )
