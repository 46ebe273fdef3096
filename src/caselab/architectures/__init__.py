"""What learns: one file each, with one function per kind of problem it solves.

`classification(*, ...)`, `regression(*, ...)` return an unfitted estimator. Their annotations carry
the ranges that params.yaml is checked against. `random_state` and `n_jobs` are given by `build`
where they stand in the signature.
"""

import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline

from caselab import features, learning, problems
from caselab.errors import UserError, unknown
from caselab.features.steps.targets import log, unlog
from caselab.params.signatures import estimator_file, module
from caselab.storage.datasets import Dataset

if TYPE_CHECKING:
    from caselab.learning.sessions import OnEpoch
    from caselab.params import PipelineBlock


def names() -> list[str]:
    """Return the architectures: the files of this folder."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> ModuleType:
    """Import one architecture."""
    if name not in names():
        raise unknown("architecture", name, names())
    return import_module(f"{__name__}.{name}")


def is_network(name: str, problem: str) -> bool:
    """Tell whether an architecture is trained by gradient steps, and so takes settings of that."""
    return "training" in module(estimator_file(name)).signature(problem).arguments


def build(pipeline: "PipelineBlock", view: str, problem: str, seed: int, threads: int) -> Pipeline:
    """Return the unfitted pipeline: the view's transformer, then the architecture's estimator.

    `balance` is a step between the two, which acts on the rows of a fit and on no answer. An
    estimator that holds rows out balances the others itself, so that no copy of a row held out is
    learned from.
    """
    architect = _architect(pipeline.architecture, problem)
    wanted = inspect.signature(architect).parameters
    given: dict[str, Any] = {"random_state": seed, "n_jobs": threads}
    if "training" in wanted:
        given["training"] = replace(wanted["training"].default, **pipeline.training)
    elif pipeline.training:
        raise UserError(
            f"The architecture {pipeline.architecture!r} is no network and takes no training "
            f"settings; remove {', '.join(pipeline.training)}."
        )
    estimator = architect(
        **pipeline.model, **{name: value for name, value in given.items() if name in wanted}
    )
    if pipeline.target == "log":
        estimator = TransformedTargetRegressor(estimator, func=log, inverse_func=unlog)
    steps = _features(pipeline, view, problem, seed)
    if pipeline.balance != "none":
        if pipeline.balance == "smote" and any(_gives_ids(step) for _, step in steps):
            raise UserError(
                "balance: smote mixes rows, and ids of words cannot be mixed; choose oversample or "
                "undersample."
            )
        sampler = _sampler(pipeline.balance, seed)
        if "sampler" in estimator.get_params(deep=False):
            estimator.set_params(sampler=sampler)
        else:
            steps.append(("balance", sampler))
    steps.append(("model", estimator))
    if not any(hasattr(step, "fit_resample") for _, step in steps):
        return Pipeline(steps)
    from imblearn.pipeline import Pipeline as ResamplingPipeline

    return ResamplingPipeline(steps)


def fit(
    pipeline: Pipeline,
    problem: str,
    rows: Dataset,
    validation: str,
    times: np.ndarray | None = None,
    *,
    checkpoints: Path | None = None,
    on_epoch: "OnEpoch | None" = None,
) -> Pipeline:
    """Return a fresh copy of the pipeline, fitted on these rows.

    What stops early holds rows out in the way in which folds do: by the case's kind of `validation`,
    and the last of `times` `(n_samples,)` where it goes by time. A fit that was killed goes on from
    its `checkpoints`. Of a kind of `problem` that is not supervised the target stays away.
    """
    whole = validation in ("grouped", "holdout") and rows.group is not None
    groups = rows.group.to_numpy() if whole and rows.group is not None else None
    y = rows.y if problems.load(problem).supervised else None
    with learning.session(checkpoints, on_epoch, groups=groups, times=times):
        return clone(pipeline).fit(rows.X, y)


def _features(
    pipeline: "PipelineBlock", view: str, problem: str, seed: int
) -> list[tuple[str, Any]]:
    """Return the steps of the view's transformer, which may itself be a pipeline of several."""
    make = features.load(view).transformer
    asked = problems.load(problem)
    target = asked.target if asked.supervised else "none"
    given = {"target": target, "random_state": seed}
    known = {name: given[name] for name in given if name in inspect.signature(make).parameters}
    transformer = make(**pipeline.features, **known)
    if isinstance(transformer, Pipeline):
        return list(transformer.steps)
    return [("features", transformer)]


def _gives_ids(step: Any) -> bool:
    """Tell whether a step answers with numbers that stand for words."""
    return getattr(step, "gives_ids", False)


def _sampler(balance: str, seed: int) -> Any:
    """Return what brings the rarer classes of a fit's rows to the number of the commonest."""
    from imblearn.over_sampling import SMOTE, RandomOverSampler
    from imblearn.under_sampling import RandomUnderSampler

    samplers = {
        "oversample": RandomOverSampler,
        "undersample": RandomUnderSampler,
        "smote": SMOTE,
    }
    return samplers[balance](random_state=seed)


def _architect(name: str, problem: str) -> Callable[..., Any]:
    module = load(name)
    architect = getattr(module, problem, None)
    if architect is None:
        raise UserError(
            f"The architecture {name!r} does not solve {problem} problems; choose another one "
            "for this pipeline."
        )
    return architect
