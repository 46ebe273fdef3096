"""Tune a pipeline: search its settings on training rows, and say what to change in params.yaml."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from caselab import cases, problems
from caselab.errors import UserError, unknown
from caselab.evaluation.comparison import Gain
from caselab.params import Params
from caselab.params.checks import fact, present, search_space
from caselab.params.loading import FILE
from caselab.params.sentences import Invalid
from caselab.params.spaces import Space, require
from caselab.project import places
from caselab.stages import process
from caselab.tuning import change, optimism, results, settings
from caselab.tuning.results import Outcome, Wish
from caselab.tuning.search import Budget, Search
from caselab.tuning.study import Study, Tried

Say = Callable[[str], None]


def space(params: Params, wish: Wish) -> Space:
    """Return what is searched, having looked at whether it can be.

    Raises:
        UserError: there is no such pipeline; it is its case's baseline; there is nothing to choose
            from, or a grid is too large.
    """
    name = wish.pipeline
    if name not in params.pipelines:
        raise unknown("pipeline", name, params.pipelines)
    block = params.pipelines[name]
    if name in params.blends:
        raise UserError(
            f"{name} averages what others have learned, and learns nothing to be searched; tune one "
            f"of these: {', '.join(params.members(name))}."
        )
    if block.architecture == problems.load(fact(block.case, "problem")).baseline_architecture:
        others = [n for n, b in params.pipelines.items() if b.case == block.case and n != name]
        raise UserError(
            f"{name} is the baseline of {block.case}, which others are held against as it is; tune "
            f"one of these: {', '.join(others) or 'none yet'}."
        )
    try:
        found = search_space(params, name)
    except Invalid as error:
        raise UserError(f"{FILE}: {'.'.join(map(str, error.path))} {error}") from None
    require(found, name)
    if wish.sampler == "grid":
        limited = wish.budget != Budget()
        settings.require_walkable(found, name, limited=limited)
    return found


def tune(
    params: Params,
    wish: Wish,
    key: str,
    *,
    at_once: int,
    cancel: threading.Event,
    say: Say,
) -> Outcome:
    """Search a pipeline's settings; go on where a killed search of the same stood.

    Args:
        params: checked; the view's rows must be there.
        wish: what is searched.
        key: of the pipeline's train stage, by which a search of other data, code or settings is
            another one.
        at_once: trials at the same time; with one the same search always tries the same.
        cancel: ends the search.
        say: hears of each trial in a line.

    Raises:
        UserError, StageError: nothing can be searched, or nothing of it can be scored.
        StageStoppedError: if `cancel` was set.
    """
    name, dimensions = wish.pipeline, space(params, wish)
    case = cases.load(params.pipelines[name].case)
    metric = problems.load(case.problem).metrics[case.metric]
    values = present(params, name)
    same = repr([key, results.words(dimensions), params.seed])
    digest = hashlib.sha256(same.encode()).hexdigest()[:12]
    folder = places.searches() / f"{name}-{wish.sampler}-{digest}"
    log = places.log(f"tune@{name}")
    log.unlink(missing_ok=True)
    run = results.run_of(params, wish, case, dimensions, f"{key}/{wish.sampler}-{digest}")
    needs = params.flow.stages.train

    def search(
        study: Study, budget: Budget, tell: Callable[[Tried], None], without: int | None = None
    ) -> Search:
        return Search(
            params, name, study, budget, at_once, needs.time_limit, log, cancel, tell, without
        )

    def study(file: str, seed: int) -> Study:
        greater = metric.greater_is_better
        sampler = wish.sampler
        return Study(folder / file, dimensions, maximize=greater, sampler=sampler, seed=seed)

    main = study("trials.db", params.seed)

    def tell(trial: Tried) -> None:
        best, now = main.best(), main.present
        leads = best is not None and trial.number == best.number
        ahead = best and now and optimism.gain(best.folds, now.folds, metric).value > 0
        say(results.line(trial, is_best=bool(leads and ahead)))
        run.add(results.record(trial, metric.name))

    # Of a search that was killed, or whose run is lost.
    for before in [*filter(None, [main.present]), *main.tried]:
        run.add(results.record(before, metric.name))
    if main.tried:
        say(f"Going on after {len(main.tried)} trials of an earlier search.")
    at_work = search(main, wish.budget, tell)
    with run.ended_by_errors():
        now = at_work.score_present({n: v for n, v in values.items() if n in dimensions})
        at_work.run()
        _stop_if(cancel)
        best, nested = main.best(), None
        if wish.honest and best is not None:
            nested = _nested(params, name, len(main.tried), study, search, log, cancel, say)
    gain = Gain(float("nan"), float("nan"), float("nan"))
    if best is not None:
        gain = optimism.gain(best.folds, now.folds, metric)
    text = Path(FILE).read_text(encoding="utf-8")
    better = best is not None and gain.value > 0
    outcome = Outcome(
        wish=wish,
        metric=metric,
        present=now,
        best=best,
        counts={s: sum(t.state == s for t in main.tried) for s in ("complete", "pruned", "failed")},
        gain=gain,
        gap=_gap(main, maximize=metric.greater_is_better),
        nested=nested,
        text=text,
        new=change.proposed(text, name, best.settings, values) if best and better else text,
        folder=folder,
        page=None,
    )
    return results.leave(outcome, main, run)


def _nested(
    params: Params,
    name: str,
    trials: int,
    study: Callable[[str, int], Study],
    search: Callable[..., Search],
    log: Path,
    cancel: threading.Event,
    say: Say,
) -> float:
    """Search without each fold in turn, and score on it what that search would have chosen."""
    call = "caselab.tuning.trial"
    folds = process.call_in_fork(f"{call}:folds", (params, name), log=log, cancel=cancel)
    if not folds:
        kind = params.cases[params.pipelines[name].case].validation.kind
        raise UserError(
            f"--honest chooses on some folds and judges on another, and validation {kind} of the "
            "case leaves too few; give it three folds or more, or leave --honest out."
        )
    chosen = {}
    for fold in folds:
        inner = study(f"without-{fold}.db", params.seed + fold + 1)
        search(inner, Budget(trials=trials), lambda _: None, without=fold).run()
        _stop_if(cancel)
        best = inner.best()
        say(
            f"without fold {fold}: "
            + (results.line(best, is_best=True) if best else "nothing was found")
        )
        chosen[fold] = settings.changed(params, name, best.settings if best else {})
    scores = process.call_in_fork(f"{call}:judge", (chosen, name), log=log, cancel=cancel)
    return float(np.nanmean(scores))


def _gap(study: Study, *, maximize: bool) -> float:
    ended = [trial.folds for trial in study.tried if trial.state == "complete"]
    scores = np.array(ended) if ended else np.empty((0, 0))
    return optimism.expected_gap(scores[~np.isnan(scores).any(axis=1)], maximize=maximize)


def _stop_if(cancel: threading.Event) -> None:
    if cancel.is_set():
        raise process.StageStoppedError
