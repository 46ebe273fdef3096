"""Runs in MLflow: one experiment a case, one run a pipeline's key.

A run is found by the tag `caselab.key`, so a resumed or repeated stage goes on in its own run, and
a run that the store has lost is written again. While a network learns, `live` sends its epochs;
when a stage is done, `publish` completes the run from the stage's files. A store that cannot be
reached costs a sentence, never a result: what it should hear waits in `.caselab/pending/`.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from caselab.params import Params
from caselab.params.checks import facts
from caselab.project import addresses, dvc_lock, places
from caselab.tracking import pending, records, run_references, run_writer, store
from caselab.tracking.epoch_logger import EpochLogger
from caselab.tracking.records import Record
from caselab.tracking.run_references import PER_THOUSAND, TRAINING, RunReference
from caselab.tracking.run_writer import Written
from caselab.tracking.tracker import Tracker, Untracked

log = logging.getLogger(__name__)


@contextmanager
def live(params: Params, pipeline: str, key: str) -> Iterator[Tracker]:
    """Track a stage while it runs; when its body raises, the run is marked as failed."""
    case, checkpoints = params.pipelines[pipeline].case, places.checkpoints(key)
    if store.is_off():
        yield Untracked(checkpoints)
        return
    question = str(facts(case).get("question", ""))
    tracker = EpochLogger(
        case=case, question=question, pipeline=pipeline, key=key, checkpoints=checkpoints
    )
    try:
        yield tracker
    except BaseException:
        tracker.close(failed=True)
        raise
    tracker.close()


def publish(
    params: Params,
    pipeline: str,
    key: str,
    inputs: Mapping[str, str],
    seconds: float | None = None,
    *,
    stage: str,
    costs: Mapping[str, float] = MappingProxyType({}),
) -> RunReference | None:
    """Complete a pipeline's run from what `stage` (train or evaluate) has left.

    Doing it twice changes nothing. `key` is the train stage's for both stages, which are one run;
    `inputs` has DVC's hash of each path that the stage depends on; `seconds` is what the stage
    took, None where it was not run now, `costs` what else it has measured of itself. Returns None with tracking off.
    """
    if store.is_off():
        return None
    done = records.read(params, pipeline, stage, key, inputs, seconds, costs)
    try:
        written = run_writer.write(done)
        if written.is_new and stage == "evaluate":  # the store has lost what training told
            run_writer.write(records.read(params, pipeline, "train", key, {}, None))
    except store.StoreError as error:
        pending.keep(done)
        log.warning("%s The run of %s is written when it is back.", error, pipeline)
        return _note(done)
    return _note(done, written)


def publish_pending(params: Params) -> list[str]:
    """Write the runs that waited for their store, and those that it has lost.

    Returns the pipelines written. Where there are none, MLflow is not even imported.
    """
    if store.is_off():
        return []
    waiting = pending.waiting()
    lost = [name for name in params.pipelines if _is_lost(params, name)]
    published: set[str] = set()
    for done in waiting:
        try:
            written = run_writer.write(done)
        except store.StoreError as error:
            log.warning("%s The run of %s goes on waiting.", error, done.pipeline)
            if store.unreachable():
                return sorted(published)
            continue  # it refuses this one; others need not wait for it
        pending.drop(done)
        if (ref := run_references.known(done.pipeline)) and ref.key == done.key:
            _note(done, written)
        published.add(done.pipeline)
    for name in lost:
        key = dvc_lock.stage(addresses.leaving("train", name)).key
        for stage, made in _made(params, name).items():
            publish(params, name, key, made.inputs, stage=stage)
        published.add(name)
    return sorted(published)


def _note(done: Record, written: Written | None = None) -> RunReference:
    """Remember where a run is, and of its training what this stage does not know."""
    before = run_references.known(done.pipeline)
    same = before if before and before.key == done.key else None
    known = written.metrics if written else done.metrics
    seconds, answering = known.get(TRAINING), known.get(PER_THOUSAND)
    ref = RunReference(
        key=done.key,
        store=store.identity() if written else None,
        run_id=written.run_id if written else None,
        page=f"experiments/{written.experiment_id}/runs/{written.run_id}" if written else None,
        seconds=same.seconds if seconds is None and same else seconds,
        per_thousand=same.per_thousand if answering is None and same else answering,
    )
    run_references.keep(done.pipeline, ref)
    return ref


def _is_lost(params: Params, pipeline: str) -> bool:
    ref = run_references.known(pipeline)
    if ref is not None and (ref.run_id is None or ref.store == store.identity()):
        return False
    return "train" in _made(params, pipeline)


def _made(params: Params, pipeline: str) -> dict[str, dvc_lock.LockedStage]:
    """Return what dvc.lock says of the pipeline's stages whose outputs lie here."""
    case, locked = params.pipelines[pipeline].case, dvc_lock.read()
    return {
        stage: locked[address]
        for stage, (folder_of, _) in records.STAGES.items()
        if (address := addresses.leaving(stage, pipeline)) in locked
        and folder_of(case, pipeline).is_dir()
    }
