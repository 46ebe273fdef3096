"""Every setting that a pipeline runs with: what params.yaml says and what the code adds."""

import ast
from pathlib import Path
from typing import Any

from caselab.params import Params
from caselab.params.checks import GIVEN_BY_BUILD, facts
from caselab.params.signatures import PACKAGE, module


def effective(params: Params, pipeline: str) -> dict[str, str]:
    """Return a pipeline's settings by dotted name, as text.

    A default that is no plain value (a function, say) is left out.
    """
    block = params.pipelines[pipeline]
    view, case = params.views[block.view], params.cases[block.case]
    problem = str(facts(block.case)["problem"])
    architecture = PACKAGE / "architectures" / f"{block.architecture}.py"
    features = PACKAGE / "features" / f"{view.view}.py"
    estimator = _defaults(architecture, problem)
    parts = {
        "view": _defaults(features, "view") | view.options,
        "features": _defaults(features, "transformer") | block.features,
        "model": {k: v for k, v in estimator.items() if k not in GIVEN_BY_BUILD} | block.model,
        "training": {},
    }
    if "training" in module(architecture).signature(problem).arguments:
        file = PACKAGE / "learning" / "training.py"
        given = module(file).signature("Training").flattened(block.training)
        parts["training"] = _defaults(file, "Training") | given
    settings = {
        "architecture": block.architecture,
        "view": block.view,
        "refit": block.refit,
        "seed": params.seed,
        "validation": f"{case.validation.kind}, {case.validation.folds} folds",
    }
    for part, values in parts.items():
        settings |= {f"{part}.{name}": value for name, value in values.items()}
    return {name: str(value) for name, value in settings.items()}


def _defaults(file: Path, name: str) -> dict[str, Any]:
    """Return the defaults by dotted name of a function or dataclass, read without importing it."""
    found = {}
    for argument, described in module(file).signature(name).flat().items():
        try:
            found[argument] = ast.literal_eval(described.default or "None")
        except ValueError:
            continue
    return found
