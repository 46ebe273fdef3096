"""A pipeline as it stands here, or a registered version, in one form so that two can be compared."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from caselab import params as parameters
from caselab.errors import unknown
from caselab.params import Params
from caselab.params.checks import fact
from caselab.project import addresses, dvc_lock, places
from caselab.registry import versions
from caselab.tracking import hyperparameters, results, store

SCORES = ("validation/", "test/")


@dataclass(frozen=True)
class Snapshot:
    """What a model was made with and what it is worth, by name."""

    title: str
    settings: Mapping[str, str]
    inputs: Mapping[str, str]
    """DVC's hash of every path that training and evaluation depended on."""
    scores: Mapping[str, float]


def take(params: Params, name: str) -> Snapshot:
    """Return the snapshot of a pipeline by name, or a version's: `churn@3`, `churn@champion`.

    Raises:
        UserError: there is none of that name.
    """
    case, at, which = name.partition("@")
    if at:
        return _of_version(params.known(case), which)
    if name not in params.pipelines:
        versions = [f"{case}@champion" for case in params.cases]
        raise unknown("pipeline or version", name, [*params.pipelines, *versions])
    return _of_pipeline(params, name)


def _of_pipeline(params: Params, name: str) -> Snapshot:
    """Describe what was trained, where it was: not what params.yaml says by now."""
    case = params.pipelines[name].case
    locked = dvc_lock.read()
    made_by = dict.fromkeys(addresses.leaving(part, name) for part in ("train", "evaluate"))
    stages = [locked[address] for address in made_by if address in locked]
    inputs = {path: digest for stage in stages for path, digest in stage.inputs.items()}
    values = {
        key: value
        for stage in stages
        for file in stage.values.values()
        for key, value in file.items()
    }
    wanted = (f"{'blends' if addresses.is_blend(name) else 'pipelines'}.{name}", "seed")
    then = [f"{key}={json.dumps(values[key])}" for key in wanted if key in values]
    trained = parameters.load(overrides=then)
    scores: dict[str, float] = {}
    for folder, read in (
        (places.model(case, name), results.of_training),
        (places.report(case, name), partial(results.of_evaluation, primary=fact(case, "metric"))),
    ):
        try:
            scores |= read(folder).metrics
        except FileNotFoundError:
            continue  # not run yet
    return Snapshot(name, hyperparameters.effective(trained, name), _foreign(inputs), _kept(scores))


def _of_version(case: str, which: str) -> Snapshot:
    found = versions.version(case, which)
    with store.client() as client:
        run = client.get_run(found.run_id).data
    inputs = {
        tag.removeprefix("dvc:"): digest
        for tag, digest in run.tags.items()
        if tag.startswith("dvc:")
    }
    title = f"{case}@{found.number} ({found.pipeline})"
    settings = {n.removeprefix(hyperparameters.UNSET): v for n, v in run.params.items()}
    return Snapshot(title, settings, _foreign(inputs), _kept(run.metrics))


def _foreign(inputs: Mapping[str, str]) -> dict[str, str]:
    """Leave out the pipeline's own model, on which its evaluation depends."""
    return {path: digest for path, digest in inputs.items() if not path.startswith("models/")}


def _kept(scores: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in scores.items() if name.startswith(SCORES)}
