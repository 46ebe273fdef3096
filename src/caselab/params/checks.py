"""What the types of params.yaml cannot say: names across its maps, and keyword arguments."""

import ast
from collections.abc import Collection
from pathlib import Path
from typing import Any

from caselab.errors import UserError
from caselab.params import origins, spaces
from caselab.params.blocks import CaseBlock, Params, PipelineBlock, Source, ViewBlock
from caselab.params.sentences import Invalid, KeyPath, must, names_near, shown
from caselab.params.signatures import BLEND, PACKAGE, Signature, estimator_file, module, plain
from caselab.params.signatures import training as training_settings
from caselab.params.spaces import Space
from caselab.project import addresses

GIVEN_BY_BUILD = ("random_state", "n_jobs", "training")
"""Arguments of an architecture that its `model` block never sets."""

KNOWN_BY_BUILD = ("target", "random_state")
"""Arguments of a transformer that its `features` block never sets."""

WORDS = ("balance", "target")
"""Keys of a pipeline that only some kinds of problem know; `words` of their files says which."""


def checked(params: Params, package: Path = PACKAGE) -> Params:
    """Return `params` with keyword arguments in the types of their signatures; raise `Invalid`."""
    sources = {name: _source(params, name, package) for name in params.sources}
    cases = {name: _case(params, name, package) for name in params.cases}
    views = {name: _view(params, name, package) for name in params.views}
    pipelines = {name: _pipeline(params, name, package) for name in params.learners}
    blends = {name: _blend(params, name, package) for name in params.blends}
    for name, schedule in params.schedules.items():
        for word in ("cases", "watch", "retrain"):
            for index, case in enumerate(getattr(schedule, word)):
                _one_of(("schedules", name, word, index), case, params.cases, "case")
        for case in schedule.score:
            _one_of(("schedules", name, "score", case), case, params.cases, "case")
        for index, pipeline in enumerate(schedule.tune):
            _one_of(("schedules", name, "tune", index), pipeline, pipelines, "pipeline")
    for case in params.watching.least_quality:
        _one_of(("watching", "least_quality", case), case, params.cases, "case")
    if isinstance(params.candidate, dict):
        for case in params.candidate:  # a case may be left out of params.yaml, and its word stay
            _one_of(("candidate", case), case, names(package / "cases"), "case")
    update = {"sources": sources, "cases": cases, "views": views, "pipelines": pipelines | blends}
    found = params.model_copy(update=update)
    for name in params.tuning:
        _one_of(("tuning", name), name, pipelines, "pipeline")
        search_space(found, name, package)
    return found


def search_space(params: Params, pipeline: str, package: Path = PACKAGE) -> Space:
    """Return what is searched of a pipeline of checked params.

    Raises:
        Invalid: its block of `tuning:` names nothing, or what there is not.
    """
    path, block = ("tuning", pipeline), params.pipelines[pipeline]
    named = params.tuning.get(pipeline)
    words = {} if named is None else named.model_dump(exclude_unset=True)
    if named is not None and not any(words.values()):
        raise Invalid(path, "is empty; name what is to be searched, such as model: {C: [0.1, 1]}")
    parts, problem = _parts(params, block, package), str(facts(block.case, package)["problem"])
    said = module(package / "problems" / f"{problem}.py").call("problem")
    supervised = said.get("supervised", True) and said.get("target", "none") != "none"
    return spaces.space(block, parts, words, path, supervised=supervised)


def present(params: Params, pipeline: str, package: Path = PACKAGE) -> dict[str, Any]:
    """Return a pipeline's settings by dotted name, those of the code too where they are plain."""
    block = params.pipelines[pipeline]
    parts = _parts(params, block, package)
    return {
        f"{part}.{name}": value
        for part, signature in parts.items()
        for name, value in spaces.settings(block, part, signature).items()
    }


def _parts(params: Params, block: PipelineBlock, package: Path) -> dict[str, Signature]:
    """Return the signatures of a checked pipeline's features, model and, of a network, training."""
    view, problem = params.views[block.view].view, str(facts(block.case, package)["problem"])
    estimator = module(estimator_file(block.architecture, package)).signature(problem)
    parts = {
        "features": module(package / "features" / f"{view}.py").signature("transformer"),
        "model": estimator,
    }
    if "training" in estimator.arguments:
        parts["training"] = training_settings(estimator)
    return parts


def names(folder: Path) -> list[str]:
    """Return what a room offers: its files' names."""
    return sorted(file.stem for file in folder.glob("[!_]*.py"))


def built_in_sources(package: Path = PACKAGE) -> list[str]:
    """Return the files of sources/ that hold a `source`."""
    folder = package / "sources"
    return [name for name in names(folder) if "source" in module(folder / f"{name}.py").constants]


def facts(case: str, package: Path = PACKAGE) -> dict[str, Any]:
    """Return what `cases/<case>.py` says in plain words (title, problem, metric, ...)."""
    return module(package / "cases" / f"{case}.py").call("case")


def fact(case: str, word: str) -> str:
    """Return one thing that every case says in plain words: its title, problem or metric.

    Raises:
        UserError: its file says it otherwise, or not at all.
    """
    said = facts(case).get(word)
    if not isinstance(said, str):
        raise UserError(
            f"src/caselab/cases/{case}.py does not give its {word} as a text; write {word}='...' in "
            "its `case = Case(...)`."
        )
    return said


def _source(params: Params, name: str, package: Path) -> Source:
    path, block = ("sources", name), params.sources[name]
    if reader := origins.reader(block.origin):
        signature = _signature((*path, "origin"), origins.file(reader, package), "read")
        return block.model_copy(update={"options": _arguments(path, block.options, signature)})
    known = [f"src/caselab/sources/{file}.py" for file in built_in_sources(package)]
    _one_of((*path, "origin"), block.origin, known, "built-in source")
    for option in block.options:
        raise Invalid((*path, option), "is not known; a built-in source takes no options")
    return block


def _case(params: Params, name: str, package: Path) -> CaseBlock:
    path, block = ("cases", name), params.cases[name]
    if name not in (known := names(package / "cases")):
        raise Invalid(path, f"has no file src/caselab/cases/{name}.py; {names_near(name, known)}")
    _one_of((*path, "source"), block.source, params.sources, "source")
    problem = _problem(path, name, package)
    if "Settings" not in module(package / "problems" / f"{problem}.py").definitions:
        for key in block.evaluation:
            raise Invalid((*path, "evaluation", key), f"is not known; {problem} has no settings")
        return block
    settings = _signature(path, package / "problems" / f"{problem}.py", "Settings")
    evaluation = _arguments((*path, "evaluation"), block.evaluation, settings)
    return block.model_copy(update={"evaluation": evaluation})


def _view(params: Params, name: str, package: Path) -> ViewBlock:
    path, block = ("views", name), params.views[name]
    _one_of((*path, "case"), block.case, params.cases, "case")
    _one_of((*path, "view"), block.view, names(package / "features"), "file of features/")
    suited = facts(block.case, package).get("views", (block.view,))
    _one_of((*path, "view"), block.view, suited, f"view that suits case {block.case}")
    signature = _signature((*path, "view"), package / "features" / f"{block.view}.py", "view")
    return block.model_copy(update={"options": _arguments(path, block.options, signature)})


def _pipeline(params: Params, name: str, package: Path) -> PipelineBlock:
    path, block = ("pipelines", name), params.pipelines[name]
    if addresses.is_blend(name):
        raise Invalid(path, f"ends in {addresses.ENDING}, as only names of blends do: rename it")
    _one_of((*path, "case"), block.case, params.cases, "case")
    _one_of((*path, "view"), block.view, params.views, "view")
    view = params.views[block.view]
    if view.case != block.case:
        clause = f"is {block.view}, a view of case {view.case}, but the pipeline's is {block.case}"
        raise Invalid((*path, "view"), clause)

    known = names(package / "architectures")
    _one_of((*path, "architecture"), block.architecture, known, "architecture")
    problem = _problem(path, block.case, package)
    if not _solves(block.architecture, problem, package):
        able = [architecture for architecture in known if _solves(architecture, problem, package)]
        clause = f"is {block.architecture}, which does not solve {problem}"
        raise Invalid((*path, "architecture"), f"{clause}; known: {', '.join(able)}")
    _check_words(path, block, problem, package)
    file = package / "architectures" / f"{block.architecture}.py"
    estimator = _signature((*path, "architecture"), file, problem)

    file = package / "features" / f"{view.view}.py"
    transformer = _signature((*path, "view"), file, "transformer")
    features = _arguments((*path, "features"), block.features, transformer, hidden=KNOWN_BY_BUILD)
    model = _arguments((*path, "model"), block.model, estimator, hidden=GIVEN_BY_BUILD)
    training = block.training
    if "training" in estimator.arguments:
        file = package / "learning" / "training.py"
        settings = _signature((*path, "training"), file, "Training")
        training = _arguments((*path, "training"), training, settings)
        has_phases = "phases" in training or _has_phases(estimator)
        if has_phases and "max_epochs" in training:
            clause = "has no place beside phases, each of which says its own epochs"
            raise Invalid((*path, "training", "max_epochs"), clause)
    elif training:
        clause = f"has no place: {block.architecture} is not trained by gradient steps"
        raise Invalid((*path, "training"), clause)
    update = {"features": features, "model": model, "training": training}
    return block.model_copy(update=update)


def _blend(params: Params, name: str, package: Path) -> PipelineBlock:
    """Return a blend as the pipeline that it competes as."""
    path, block = ("blends", name), params.blends[name]
    if not addresses.is_blend(name):
        raise Invalid(path, f"does not end in {addresses.ENDING}, by which blends are known")
    _one_of((*path, "case"), block.case, params.cases, "case")
    views = [view for view, shown in params.views.items() if shown.case == block.case]
    _one_of((*path, "view"), block.view, views, f"view of case {block.case}")
    problem = _problem(path, block.case, package)
    file = estimator_file(BLEND, package)
    if problem not in (able := module(file).functions):
        clause = f"has no place: {problem} is not answered by averages, as these are"
        raise Invalid(path, f"{clause}: {', '.join(able)}")
    if len(members := params.members(name)) < 2:
        known = ", ".join(members) or "none"
        clause = f"has too few to blend; add one, or take this block out. See {block.view}: {known}"
        raise Invalid(path, clause)
    model = _arguments(path, block.options, module(file).signature(problem))
    return PipelineBlock(case=block.case, view=block.view, architecture=BLEND, model=model)


def _has_phases(estimator: Signature) -> bool:
    """Tell whether an architecture's own training has phases, where a block says nothing of them."""
    default = training_settings(estimator).arguments["phases"].default
    return isinstance(default, ast.Tuple) and bool(default.elts)


def _check_words(path: KeyPath, block: PipelineBlock, problem: str, package: Path) -> None:
    """Refuse a word that means nothing for this kind of problem."""
    taken = module(package / "problems" / f"{problem}.py").call("problem").get("words", ())
    for word in WORDS:
        default = PipelineBlock.model_fields[word].default
        if word not in taken and getattr(block, word) != default:
            raise Invalid((*path, word), f"has no place: {problem} knows no {word}")


def _solves(architecture: str, problem: str, package: Path) -> bool:
    return problem in module(package / "architectures" / f"{architecture}.py").functions


def _problem(path: KeyPath, case: str, package: Path) -> str:
    problem = facts(case, package).get("problem")
    known = names(package / "problems")
    if problem not in known:
        clause = f"is described by src/caselab/cases/{case}.py, whose `case = Case(...)` must give"
        raise Invalid(path, f"{clause} problem= as one of {', '.join(known)}")
    return str(problem)


def _signature(path: KeyPath, file: Path, name: str) -> Signature:
    try:
        return module(file).signature(name)
    except SyntaxError as error:
        place = f"{file.parent.name}/{file.name}, line {error.lineno}"
        raise Invalid(path, f"cannot be read: {place}: {error.msg}") from None
    except KeyError:
        place = f"{file.parent.name}/{file.name}"
        raise Invalid(path, f"cannot be used: {place} defines no {name}") from None


def _arguments(
    path: KeyPath, given: dict[str, Any], signature: Signature, hidden: Collection[str] = ()
) -> dict[str, Any]:
    """Return `given` in the types of `signature`."""
    known = [name for name in signature.arguments if name not in hidden]
    result = {}
    for name, value in given.items():
        if name in known:
            result[name] = plain(must((*path, name), value, signature.type_of(name)))
        elif signature.is_open and name not in hidden:
            result[name] = value
        else:
            raise Invalid((*path, name), f"is not known; {names_near(name, known)}")
    for name in known:
        if signature.arguments[name].required and name not in given:
            raise Invalid(path, f"lacks the key {name}")
    return result


def _one_of(path: KeyPath, value: str, known: Collection[str], what: str) -> None:
    if value not in known:
        raise Invalid(path, f"is {shown(value)}, which is no {what}; {names_near(value, known)}")
