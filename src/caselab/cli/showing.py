"""show: all about one case, pipeline, view, source or architecture."""

import ast
import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape

from caselab import cases, numbers, params
from caselab.cases import Case
from caselab.cli import arguments, tables
from caselab.cli.looking import overview
from caselab.errors import unknown
from caselab.params import Params, descriptions
from caselab.params.checks import fact, facts, names
from caselab.params.signatures import PACKAGE, Signature, estimator_file, module, training
from caselab.project import leaderboards, places
from caselab.tracking import looks_at_test_rows, results, run_references, store
from caselab.tracking.run_references import RunReference

SHOWN = 12
"""Categories that are listed of each column."""

TYPES = {
    "str": "text",
    "int64": "whole number",
    "float64": "number",
    "datetime64[ns]": "date",
    "bool": "yes or no",
    "boolean": "yes or no",
    "object": "bytes",
}
"""What people call the types of pandas."""


def show(name: str, columns: bool = False) -> None:
    """Print what is known of a name of params.yaml, or of an architecture.

    `columns` adds those that a case's contract allows, which takes pandera's seconds.
    """
    parameters = params.load()
    architectures = names(PACKAGE / "architectures")
    if columns:
        parameters.known(name)
    if name in parameters.cases:
        _case(parameters, name)
        if columns:
            heads = ("column", "type", "~allowed", "missing")
            tables.console().print(tables.table(heads, _columns(cases.load(name))))
    elif name in parameters.pipelines:
        _pipeline(parameters, name)
    elif name in parameters.views:
        _view(parameters, name)
    elif name in parameters.sources:
        _source(parameters, name)
    elif name in architectures:
        _architecture(parameters, name)
    elif study := [case for case in parameters.cases if case.startswith(f"{name}_")]:
        for case in study:
            _case(parameters, case)
    else:
        known = [*parameters.cases, *parameters.pipelines, *parameters.views, *parameters.sources]
        studies = {case.partition("_")[0] for case in parameters.cases if "_" in case}
        known += [*architectures, *studies]
        raise unknown("case, study, pipeline, view, source or architecture", name, known)


def _case(parameters: Params, name: str) -> None:
    case, block, data = facts(name), parameters.cases[name], overview(parameters, name)
    _facts(
        name,
        {
            "title": case["title"],
            "question": case["question"],
            "problem": f"{case['problem']}, by {case['metric']}",
            "source": block.source,
            **_data(parameters.sources[block.source].origin),
            "target": _target(case.get("target"), case.get("positive")),
            "split": descriptions.split(block.split),
            "validation": descriptions.validation(block.validation),
            "evaluation": block.evaluation or None,
            "views": ", ".join(v for v, view in parameters.views.items() if view.case == name),
            "pipelines": ", ".join(pipeline["name"] for pipeline in data["pipelines"]),
            "champion": data["champion"],
            "test looks": looks_at_test_rows.count(name),
            "file": f"src/caselab/cases/{name}.py",
        },
    )


def _columns(case: Case) -> Iterator[tuple[str, str, str, str]]:
    """Yield the contract's columns: type, what is allowed, and whether a value may be missing."""
    for name, column in case.contract().columns.items():
        allowed = ["unique"] * column.unique
        for check in column.checks:
            values = check.statistics.get("allowed_values")
            allowed.append(
                _listed(values) if values is not None else str(check.error or check.name)
            )
        kind = TYPES.get(str(column.dtype), str(column.dtype))
        yield str(name), kind, "; ".join(allowed), "allowed" if column.nullable else ""


def _listed(values: Iterable[Any]) -> str:
    words = [str(value) for value in values]
    return ", ".join(words[:SHOWN]) + (f", … ({len(words)})" if len(words) > SHOWN else "")


def _target(target: str | None, positive: Any) -> str:
    if target is None:
        return "none"
    return target if positive is None else f"{target}, looking for {positive}"


def _pipeline(parameters: Params, name: str) -> None:
    block, is_blend = parameters.pipelines[name], name in parameters.blends
    row: dict[str, Any] = {}
    for candidate in (leaderboards.read(block.case) or {"rows": []})["rows"]:
        if candidate["pipeline"] == name:
            row = candidate
    run = run_references.known(name)
    _facts(
        name,
        {
            "case": block.case,
            "view": block.view,
            "architecture": block.architecture,
            "refit": "" if is_blend else "on all train rows" if block.refit else "no",
            "members": _members(places.model(block.case, name) / "members.csv"),
            "validation": numbers.score(row.get("validation")) or "not run yet",
            "test": numbers.score(row.get("test")),
            "time": numbers.seconds(run.seconds if run else None),
            "size": numbers.size(row.get("size")),
            "weights": _origin(results.pretrained(places.model(block.case, name))),
            "run": _link(run),
        },
    )
    modality = parameters.views[block.view].view
    problem = fact(block.case, "problem")
    transformer = module(PACKAGE / "features" / f"{modality}.py").signature("transformer")
    estimator = _estimator(block.architecture, problem)
    if not is_blend:  # whose members have each their own
        arguments.show("features", transformer, block.features)
    arguments.show("model", estimator, block.model)
    if "training" in estimator.arguments:
        arguments.show("training", training(estimator), block.training)


def _members(file: Path) -> str:
    """Return what the members of a blend weigh, the heaviest first; empty where it has none."""
    if not file.exists():
        return ""
    with file.open(encoding="utf-8", newline="") as lines:
        weights = {row["member"]: float(row["weight"]) for row in csv.DictReader(lines)}
    heaviest = sorted(weights, key=lambda name: -weights[name])
    return ", ".join(f"{name} {weights[name]:.2f}" for name in heaviest if weights[name] > 0)


def _link(run: RunReference | None) -> str | None:
    """Return where a pipeline's run can be looked at, and what to do where nobody serves it."""
    if run is None or run.url is None:
        return None
    return run.url if store.is_served() else f"{run.url} (once `caselab ui` serves it)"


def _origin(pretrained: Mapping[str, str]) -> str | None:
    """Return whose weights a network started from, and by which licence they may be used."""
    return f"{pretrained['origin']} ({pretrained['licence']})" if pretrained else None


def _view(parameters: Params, name: str) -> None:
    block = parameters.views[name]
    users = [p for p, pipeline in parameters.pipelines.items() if pipeline.view == name]
    file = f"src/caselab/features/{block.view}.py"
    _facts(name, {"case": block.case, "file": file, "pipelines": ", ".join(users)})
    signature = module(PACKAGE / "features" / f"{block.view}.py").signature("view")
    arguments.show("options", signature, block.options)


def _source(parameters: Params, name: str) -> None:
    block = parameters.sources[name]
    users = [c for c, case in parameters.cases.items() if case.source == name]
    facts: dict[str, Any] = {"origin": block.origin, **block.options, "cases": ", ".join(users)}
    _facts(name, facts | _data(block.origin))


def _data(origin: str) -> dict[str, str]:
    """Return what a user must know about a built-in source; nothing of what they brought."""
    if not origin.endswith(".py"):
        return {}
    from caselab import sources

    source = sources.load(origin)
    return {
        "data": source.title,
        "licence": source.licence,
        "citation": source.citation,
        "page": source.url,
    }


def _architecture(parameters: Params, name: str) -> None:
    code = module(PACKAGE / "architectures" / f"{name}.py")
    problems = [problem for problem in code.functions if problem in names(PACKAGE / "problems")]
    users = [p for p, pipeline in parameters.pipelines.items() if pipeline.architecture == name]
    _facts(
        name,
        {
            "what": (ast.get_docstring(code.tree) or "").partition("\n\n")[0],
            "solves": ", ".join(problems),
            "pipelines": ", ".join(users),
            "file": f"src/caselab/architectures/{name}.py",
        },
    )
    for problem in problems:
        signature = _estimator(name, problem)
        arguments.show(f"model, for {problem}", signature, {})
        if "training" in signature.arguments:
            arguments.show("training", training(signature), {})


def _estimator(architecture: str, problem: str) -> Signature:
    return module(estimator_file(architecture)).signature(problem)


def _facts(title: str, facts: Mapping[str, Any]) -> None:
    console = tables.console()
    console.print(f"[bold]{escape(title)}")
    for key, value in facts.items():
        if value:
            line = f"  [dim]{key:12}[/dim] {escape(str(value))}"
            console.print(line, soft_wrap="://" in line)  # a link that is cut leads nowhere
