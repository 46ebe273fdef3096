"""What MLflow is to know of a pipeline's run, gathered so that it can wait for its store."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.parquet as pq

from caselab.errors import UserError
from caselab.params import Params
from caselab.params.checks import fact, facts
from caselab.project import git, places
from caselab.tracking import colors, description, hyperparameters, results
from caselab.tracking.results import Curve, Results

STAGES: dict[str, tuple[Callable[[str, str], Path], Callable[[Path, str], Results]]] = {
    "train": (places.model, lambda folder, _: results.of_training(folder)),
    "evaluate": (places.report, results.of_evaluation),
}


@dataclass(frozen=True)
class Record:
    """A run after one of its stages; plain enough for JSON."""

    case: str
    question: str
    pipeline: str
    stage: str
    key: str
    ended: float
    """Seconds since 1970."""
    seconds: float | None
    """How long the stage took; None where it was not run but restored."""
    params: dict[str, str]
    description: str
    """For MLflow's page, in Markdown."""
    tags: dict[str, str]
    metrics: dict[str, float]
    curves: dict[str, Curve]
    datasets: list[dict[str, str]]
    files: dict[str, str]
    """Path in the run → path on disk."""

    def to_json(self) -> str:
        """Return the record as text."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> "Record":
        """Return the record that `to_json` wrote."""
        return cls(**json.loads(text))


def read(
    params: Params,
    pipeline: str,
    stage: str,
    key: str,
    inputs: Mapping[str, str],
    seconds: float | None,
    costs: Mapping[str, float] = MappingProxyType({}),
) -> Record:
    """Gather what `stage` (train or evaluate) has left of a pipeline, and measured of itself.

    Raises:
        UserError: its files are damaged.
    """
    block = params.pipelines[pipeline]
    folder_of, results_of = STAGES[stage]
    folder, metric = folder_of(block.case, pipeline), fact(block.case, "metric")
    try:
        found = results_of(folder, metric)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{folder} is damaged ({error!r}); remove it and run `caselab run {pipeline}`."
        ) from error
    taken = {} if seconds is None else {f"seconds/{stage}": seconds}
    return Record(
        case=block.case,
        question=str(facts(block.case).get("question", "")),
        pipeline=pipeline,
        stage=stage,
        key=key,
        ended=time.time(),
        seconds=seconds,
        params=hyperparameters.named(params, pipeline)
        | ({"profile": params.profile} if params.profile else {}),
        description=description.of_run(params, pipeline, found.metrics),
        tags=tags(params, pipeline, stage, key, inputs)
        | ({"caselab.notes": "; ".join(found.notes)} if found.notes else {}),
        metrics=found.metrics | taken | dict(costs),
        curves=found.curves,
        datasets=[
            _dataset(Path(path), digest, stage)
            for path, digest in sorted(inputs.items())
            if places.features("") in Path(path).parents
        ],
        files={place: str(file) for place, file in found.files.items()},
    )


def tags(
    params: Params, pipeline: str, stage: str, key: str, inputs: Mapping[str, str]
) -> dict[str, str]:
    """Return what a run is found by and what it was made from."""
    block = params.pipelines[pipeline]
    described = {
        "caselab.case": block.case,
        "caselab.pipeline": pipeline,
        "caselab.architecture": block.architecture,
        "caselab.stage": stage,
        "caselab.key": key,
        "caselab.seed": str(params.seed),
        "caselab.git_dirty": str(bool(git.uncommitted())).lower(),
        "mlflow.source.name": f"caselab run {pipeline}",
        "mlflow.source.type": "LOCAL",
        "mlflow.runColor": colors.of_architecture(params, block.architecture),
    }
    if commit := git.commit():
        described["mlflow.source.git.commit"] = commit
    return described | {f"dvc:{path}"[:250]: digest for path, digest in inputs.items()}


def _dataset(path: Path, digest: str, stage: str) -> dict[str, str]:
    """Describe an input as MLflow's entity of that name wants it."""
    part = "train" if stage == "train" else "test"
    folder = path / part if (path / part).is_dir() else path
    described = {
        "name": path.relative_to("data").as_posix(),
        "digest": digest[:36],  # MLflow's limit; an MD5 and `.dir` are 36
        "source": json.dumps({"uri": folder.as_posix()}),
        "context": "training" if stage == "train" else "test",
    }
    try:
        table = pq.ParquetFile(folder / "X.parquet")
    except (OSError, pa.ArrowInvalid):
        return described  # an array, or no longer there
    columns = [
        {"name": column.name, "type": _mlflow_type(column.type), "required": True}
        for column in table.schema_arrow
    ]
    return described | {
        "schema": json.dumps({"mlflow_colspec": columns}),
        "profile": json.dumps({"num_rows": table.metadata.num_rows}),
    }


def _mlflow_type(type_: pa.DataType) -> str:
    if pa.types.is_boolean(type_):
        return "boolean"
    if pa.types.is_integer(type_):
        return "long"
    return "double" if pa.types.is_floating(type_) else "string"
