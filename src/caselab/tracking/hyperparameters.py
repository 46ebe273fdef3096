"""Every setting that a pipeline runs with: what params.yaml says and what the code adds."""

import ast
from typing import Any

from caselab.params import Params
from caselab.params.checks import GIVEN_BY_BUILD, fact
from caselab.params.signatures import BLEND, PACKAGE, Signature, estimator_file, module, training

WORDS = ("refit", "balance", "target")
"""A pipeline's own settings, beside those of its parts."""

UNSET = "unset."
"""What a run's parameters begin with that nobody chose: MLflow sorts by name, and has them last."""


def effective(params: Params, pipeline: str) -> dict[str, str]:
    """Return a pipeline's settings by dotted name, as text.

    A default that is no plain value (a function, say) is left out.
    """
    block = params.pipelines[pipeline]
    view, case = params.views[block.view], params.cases[block.case]
    problem = fact(block.case, "problem")
    features = module(PACKAGE / "features" / f"{view.view}.py")
    estimator = module(estimator_file(block.architecture)).signature(problem)
    of_model = _defaults(estimator)
    parts = {
        "view": _defaults(features.signature("view")) | view.options,
        # The members of a blend have each their own.
        "features": {}
        if block.architecture == BLEND
        else _defaults(features.signature("transformer")) | block.features,
        "model": {k: v for k, v in of_model.items() if k not in GIVEN_BY_BUILD} | block.model,
        "training": {},
    }
    if "training" in estimator.arguments:
        settings_of = training(estimator)
        parts["training"] = _defaults(settings_of) | settings_of.flattened(block.training)
    settings = {
        "architecture": block.architecture,
        "view": block.view,
        **{word: getattr(block, word) for word in WORDS},
        "seed": params.seed,
        "validation": f"{case.validation.kind}, {case.validation.folds} folds",
    }
    for part, values in parts.items():
        settings |= {f"{part}.{name}": value for name, value in values.items()}
    return {name: str(value) for name, value in settings.items()}


def chosen(params: Params, pipeline: str) -> set[str]:
    """Return which of a pipeline's settings stand in params.yaml; the others are the code's."""
    block = params.pipelines[pipeline]
    view = params.views[block.view]
    estimator = module(estimator_file(block.architecture)).signature(fact(block.case, "problem"))
    trained = "training" in estimator.arguments
    parts = {
        "view": view.options,
        "features": block.features,
        "model": block.model,
        "training": training(estimator).flattened(block.training) if trained else {},
    }
    named = {"architecture", "view", "seed", "validation"}
    named |= {word for word in WORDS if word in block.model_fields_set}
    return named | {f"{part}.{name}" for part, values in parts.items() for name in values}


def named(params: Params, pipeline: str) -> dict[str, str]:
    """Return a pipeline's settings as a run is told them: the code's own behind UNSET."""
    stand = chosen(params, pipeline)
    return {
        name if name in stand else f"{UNSET}{name}": value
        for name, value in effective(params, pipeline).items()
    }


def _defaults(signature: Signature) -> dict[str, Any]:
    """Return the defaults by dotted name of a function or dataclass, read without importing it."""
    found = {}
    for argument, described in signature.flat().items():
        try:
            found[argument] = ast.literal_eval(described.default or "None")
        except ValueError:
            continue
    return found
