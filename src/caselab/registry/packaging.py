"""A pipeline as an MLflow model: our code, the fitted pipeline and its lineage, and no pickle."""

import json
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from caselab import cases, problems
from caselab.cases import Case
from caselab.data.notes import COLUMN
from caselab.imports import lists
from caselab.params import Params
from caselab.project import places
from caselab.registry import code_dependencies, lineage
from caselab.registry import refit as refitting
from caselab.registry.code_dependencies import CodeDependencies
from caselab.tracking import results

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

EXAMPLES = 3
"""Raw records that are kept to show what a model takes."""

REQUIREMENTS, CONSTRAINTS = "requirements.txt", "constraints.txt"
"""MLflow's names of the packages to ask for, and of the versions of all that come with them."""

_LATER = "mlflow; python_version < '3'"
"""What MLflow neither guesses nor checks, which takes seconds; `require` writes what is needed."""


@dataclass(frozen=True)
class Package:
    """What a registered model is made of."""

    case: Case
    settings: Mapping[str, Any]
    """What `registered_model.py` needs to know."""
    pipeline: Path
    """The folder that train left."""
    lineage: Mapping[str, str]
    """Texts to keep beside it, by file name."""
    code: CodeDependencies


def describe(params: Params, pipeline: str, lineage: Mapping[str, str]) -> Package:
    """Gather what goes into the model of a pipeline that has been trained and evaluated."""
    block = params.pipelines[pipeline]
    view, case = params.views[block.view], cases.load(block.case)
    settings = {
        "case": block.case,
        "pipeline": pipeline,
        "problem": case.problem,
        "view": view.view,
        "options": view.options,
        "decision": results.decision(places.report(block.case, pipeline)),
        "threads": params.threads,
        "seed": params.seed,
        "block": block.model_dump(mode="json"),
    }
    modules = (
        "caselab.registry.registered_model",
        "caselab.registry.model_process",
        "caselab.registry.model_worker",
        f"caselab.cases.{block.case}",
        f"caselab.problems.{case.problem}",
        f"caselab.features.{view.view}",
        *lists.estimator(params, pipeline),
    )
    return Package(
        case=case,
        settings=settings,
        pipeline=places.model(block.case, pipeline),
        lineage=lineage,
        code=code_dependencies.needed(modules),
    )


def settings_of(folder: Path) -> dict[str, Any]:
    """Return the settings of the model in a folder."""
    file = folder / "artifacts" / lineage.FOLDER / "pipeline.json"
    settings: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return settings


def save(package: Package, records: pd.DataFrame, folder: Path) -> None:
    """Write the model into `folder`; `records` are raw ones that show what it takes."""
    import mlflow.pyfunc

    with tempfile.TemporaryDirectory() as part, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of whole numbers that might be missing elsewhere
        made_from = Path(part, lineage.FOLDER)
        made_from.mkdir()
        texts = {**package.lineage, "pipeline.json": json.dumps(package.settings, indent=2)}
        for name, text in texts.items():
            (made_from / name).write_text(text, "utf-8", "surrogateescape")
        shown = records if package.case.aggregate else records.head(EXAMPLES)
        shown.to_parquet(made_from / "examples.parquet", index=False)
        mlflow.pyfunc.save_model(
            folder,
            python_model=Path(__file__).with_name("mlflow_model.py"),
            # Not as MLflow's own code_paths, which every later import in the process would find.
            artifacts={
                "code": str(code_dependencies.copy(package.code, Path(part, "code")).parent),
                "pipeline": str(package.pipeline),
                lineage.FOLDER: str(made_from),
            },
            signature=_signature(package, records),
            input_example=records.head(EXAMPLES),
            pip_requirements=[_LATER],
        )


def refit(package: Package, folder: Path) -> None:
    """Let a saved model answer by a pipeline that is fitted on test rows too.

    The one that was judged stays beside it: the gate asks that one for test rows.
    """
    from mlflow.models import Model

    pipeline, place = package.settings["pipeline"], f"artifacts/{refitting.FOLDER}"
    refitting.in_fresh_python(pipeline, folder / place)
    saved = Model.load(str(folder))
    artifacts = saved.flavors["python_function"]["artifacts"]
    artifacts[refitting.FOLDER] = {"path": place, "uri": pipeline}
    saved.save(str(folder / "MLmodel"))


def require(folder: Path, modules: Iterable[str]) -> None:
    """Write down the exact packages that a saved model was seen to need, by names of modules.

    `requirements.txt` has those that its code imports, `constraints.txt` also all that these
    require: another machine may need others of the latter, and gets the same of what both need.
    """
    pins = code_dependencies.pins({"mlflow", *modules})
    asked = [*pins, f"-c {CONSTRAINTS}"]
    for name, lines in ((REQUIREMENTS, asked), (CONSTRAINTS, code_dependencies.closure(pins))):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    conda = yaml.safe_load((folder / "conda.yaml").read_text(encoding="utf-8"))
    for part in conda["dependencies"]:
        if isinstance(part, dict):
            part["pip"] = asked
    (folder / "conda.yaml").write_text(yaml.safe_dump(conda, sort_keys=False), encoding="utf-8")


def pins(folder: Path) -> list[str]:
    """Return the exact packages that were written down with the model in a folder."""
    files = [file for name in (REQUIREMENTS, CONSTRAINTS) if (file := folder / name).exists()]
    lines = {line for file in files for line in file.read_text(encoding="utf-8").splitlines()}
    return sorted(line for line in lines if not line.startswith("-"))


def _signature(package: Package, records: pd.DataFrame) -> "ModelSignature":
    """Describe what goes in and out, and what may be left out."""
    from mlflow.models import ModelSignature, infer_signature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec
    from mlflow.types.schema import AnyType

    held_out = pd.read_parquet(package.pipeline / "held_out.parquet").head(EXAMPLES)
    answers = held_out.drop(columns=["id", "fold"])
    answers.insert(0, package.case.id, held_out["id"])
    problem = problems.load(package.case.problem)
    decided = problem.decide(
        answers.drop(columns=package.case.id), package.case, package.settings["decision"]
    )
    gives = answers.assign(decision=decided, **{COLUMN: ""})
    found = infer_signature(model_output=gives)

    def takes(name: str) -> ColSpec:
        """Say which columns may be missing; of what they hold the contract judges, row by row."""
        return ColSpec(AnyType(), name, name not in package.case.unasked)

    inputs: list[ColSpec | TensorSpec] = [takes(str(name)) for name in records]
    outputs: list[ColSpec | TensorSpec] = [
        ColSpec(column.type, column.name, column.name == COLUMN) for column in found.outputs.inputs
    ]
    return ModelSignature(
        inputs=Schema(inputs),
        outputs=Schema(outputs),
        params=ParamSchema([ParamSpec("strict", "boolean", False)]),
    )
