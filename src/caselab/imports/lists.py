"""The lists that stages depend on in place of folders of code: `data/imports/<room>/<name>.txt`.

Each names every file that a piece of code comes from, with its hash; so an edit changes the lists of
those whom it concerns, and no others. What is loaded by a name that stands in params.yaml or in a
case has a list of its own, since no import tells of it:

    stages/<verb>           what runs, whatever it runs for
    sources/<source>        where its records come from
    cases/<case>            what is asked
    problems/<case>         the case's kind of problem
    features/<view>         the view's modality
    transformers/<pipeline> the modality again, and what the pipeline's `features` ask for besides
    plots/<pipeline>        the pictures that the modality and the kind of problem name
    architectures/<name>    what learns
    blends/<blend>          what its members' answers come from: their transformers and architectures
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from caselab.imports.parsed import Parsed
from caselab.imports.walk import Walk
from caselab.params import Params, origins
from caselab.params.blocks import PipelineBlock
from caselab.params.checks import facts, names
from caselab.params.signatures import estimator_file, module

PACKAGE = Path("src/caselab")

EXEMPT = (
    "caselab.errors",
    "caselab.project.locks",
    "caselab.project.postgresql",
    "caselab.promotion",
    "caselab.registry",
    "caselab.tracking",
)
"""What cannot change a byte that a stage leaves: words of errors (a stage that raises leaves
nothing), locks (which say who waits), where a database of runs and requests is, and tracking (with it
off a stage leaves the same: tests/end_to_end)."""


def lists(params: Params, root: Path = Path()) -> dict[str, str]:
    """Return the text of every list, by its path in `data/imports`."""
    package, parsed = root / PACKAGE, Parsed(root)
    walk = Walk(package, EXEMPT, parsed.imports)
    found = {place: walk.files(modules) for place, modules in _roots(params, package)}
    words = parsed.words
    found |= {place: walk.files(each) for place, each in _plots(params, package, found, words)}
    parsed.keep()
    lines = {
        file: f"{file.relative_to(root).as_posix()} {parsed.digest(file)}\n"
        for file in set().union(*found.values())
    }
    return {
        f"{place}.txt": "".join(sorted(lines[file] for file in files))
        for place, files in found.items()
    }


def transformer(view: str, features: Mapping[str, Any], package: Path = PACKAGE) -> list[str]:
    """Return the modules that a pipeline's transformer is loaded from.

    They are the view's modality, and each file of `features/pretrained/` that a word of the
    pipeline's `features` has the name of, be it a key or what it is set to.
    """
    words = {word for pair in features.items() for word in pair if isinstance(word, str)}
    asked = words.intersection(names(package / "features" / "pretrained"))
    return [
        f"caselab.features.{view}",
        *(f"caselab.features.pretrained.{word}" for word in sorted(asked)),
    ]


def estimator(params: Params, pipeline: str, package: Path = PACKAGE) -> list[str]:
    """Return the modules that a pipeline's estimator is loaded from, or a blend's members' are."""
    block = params.pipelines[pipeline]
    if pipeline in params.blends:
        modules = {"caselab.blending.blend": None}
        for member in params.members(pipeline):
            modules |= dict.fromkeys(estimator(params, member, package))
        return [*modules]
    view = params.views[block.view].view
    return [
        *transformer(view, block.features, package),
        f"caselab.architectures.{block.architecture}",
    ]


def read(text: str) -> dict[str, str]:
    """Return what a list says: hashes by path."""
    pairs = (line.rpartition(" ") for line in text.splitlines())
    return {path: digest for path, _, digest in pairs}


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Say in words how the lists of one piece of code differ, by the files in them."""
    words = []
    for path in sorted(before.keys() | now.keys()):
        if path not in before:
            words.append(f"{path} is imported now")
        elif path not in now:
            words.append(f"{path} is imported no more")
        elif before[path] != now[path]:
            words.append(f"{path} changed")
    return words


def _roots(params: Params, package: Path) -> Iterator[tuple[str, list[str]]]:
    for verb in names(package / "stages"):
        if "run" in _functions(package / "stages" / f"{verb}.py"):
            yield f"stages/{verb}", [f"caselab.stages.{verb}"]
    for source, block in params.sources.items():
        reader = origins.reader(block.origin)
        place = f"own.{reader}" if reader else Path(block.origin).stem
        yield f"sources/{source}", [f"caselab.sources.{place}"]
    for case in names(package / "cases"):
        yield f"cases/{case}", [f"caselab.cases.{case}"]
        if problem := _problem(case, package):
            yield f"problems/{case}", [f"caselab.problems.{problem}"]
    for view, shown in params.views.items():
        yield f"features/{view}", [f"caselab.features.{shown.view}"]
    for pipeline, learned in params.learners.items():
        view = params.views[learned.view].view
        yield f"transformers/{pipeline}", transformer(view, learned.features, package)
    for blend in params.blends:
        yield f"blends/{blend}", estimator(params, blend, package)
    for architecture in names(package / "architectures"):
        yield f"architectures/{architecture}", [f"caselab.architectures.{architecture}"]


def _plots(
    params: Params,
    package: Path,
    found: Mapping[str, frozenset[Path]],
    words: Callable[[Path], Iterable[str]],
) -> Iterator[tuple[str, list[str]]]:
    """Yield the modules of the pictures that a pipeline's modality and kind of problem name."""
    known = names(package / "evaluation" / "plots")
    for pipeline, block in params.pipelines.items():
        files = found.get(f"problems/{block.case}", frozenset()) | found[f"features/{block.view}"]
        named = set().union(*map(words, files)).intersection(known)
        if not _is_network(block, package):
            named -= _of_networks(params.views[block.view].view, package)
        yield f"plots/{pipeline}", [f"caselab.evaluation.plots.{name}" for name in sorted(named)]


def _is_network(block: PipelineBlock, package: Path) -> bool:
    """Tell whether what learns takes settings of a training, as architectures.is_network does."""
    problem = _problem(block.case, package)
    try:
        architect = module(estimator_file(block.architecture, package))
        return "training" in architect.signature(str(problem)).arguments
    except (SyntaxError, KeyError):  # whoever runs it is told
        return True


def _of_networks(view: str, package: Path) -> set[str]:
    """Return the files of the pictures that a modality has of networks alone."""
    constants = module(package / "features" / f"{view}.py").constants
    named = ast.literal_eval(constants["network_plots"]) if "network_plots" in constants else ()
    return {name.partition(".")[0] for name in named}


def _problem(case: str, package: Path) -> str | None:
    try:
        return facts(case, package).get("problem")
    except SyntaxError:  # of no case in params.yaml, or that had been refused
        return None


def _functions(file: Path) -> list[str]:
    try:
        return module(file).functions
    except SyntaxError:  # whoever runs it is told
        return ["run"]
