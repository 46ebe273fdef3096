"""dvc.yaml names every file of ours that a stage's code comes from."""

from pathlib import Path

import grimp
import pytest

from caselab import cases, params
from caselab.dag import Dag

ROOT = Path(__file__).parents[1]

# What cannot change a byte that a stage leaves: words of errors (a stage that raises leaves
# nothing), and tracking (with it off a stage leaves the same: tests/end_to_end). So does the
# package itself, which only sets what telemetry reads.
EXEMPT = ("caselab.errors", "caselab.tracking")


@pytest.fixture(scope="module")
def imports():
    return grimp.build_graph("caselab", cache_dir=None)


@pytest.fixture(scope="module")
def dag():
    return Dag(ROOT)


@pytest.fixture(scope="module")
def settings():
    return params.load(ROOT)


def test_every_stage_depends_on_all_code_it_comes_from(imports, dag, settings):
    missing = {
        (stage.verb, str(file))
        for stage in dag.stages.values()
        for file in _code(stage, imports, settings)
        if not any(file == Path(dep) or Path(dep) in file.parents for dep in stage.deps)
    }
    assert missing == set()


def test_the_walk_sees_an_import_that_dvc_yaml_lacks(imports, dag, settings):
    """Without this, a walk that finds nothing would pass the test above."""
    code = _code(dag.stages["train@churn-mlp"], imports, settings)
    assert Path("src/caselab/learning/training.py") in code
    assert Path("src/caselab/architectures/mlp.py") in code
    assert Path("src/caselab/architectures/svm.py") not in code
    assert Path("src/caselab/features/table.py") in code
    assert Path("src/caselab/evaluation/metrics/classification.py") in code


def test_an_edited_architecture_makes_only_its_own_pipelines_stale(dag, settings):
    hit = {a for a, stage in dag.stages.items() if "src/caselab/architectures/mlp.py" in stage.deps}
    mlps = {name for name, block in settings.pipelines.items() if block.architecture == "mlp"}
    assert hit == {f"{verb}@{name}" for verb in ("train", "evaluate") for name in mlps}


def _code(stage, imports, settings):
    """Walk the imports of a stage, and of the modules that its block names by a string."""
    seen: set[str] = set()
    todo = ["caselab.stages", f"caselab.stages.{stage.verb}", *_named(stage, settings)]
    while todo:
        module = todo.pop()
        if module in seen or module.startswith(EXEMPT) or module == "caselab":
            continue
        seen.add(module)
        todo += imports.find_modules_directly_imported_by(module)
        todo.append(module.rpartition(".")[0])  # importing a module runs its package
    return {_file(module) for module in seen}


def _named(stage, settings):
    block = {
        "fetch": settings.sources,
        "prepare": settings.cases,
        "featurize": settings.views,
        "train": settings.pipelines,
        "evaluate": settings.pipelines,
        "compare": settings.cases,
    }[stage.verb][stage.name]
    if stage.verb == "fetch":
        path = Path(block.origin)
        return [".".join(path.with_suffix("").parts[1:])] if path.suffix == ".py" else []
    case = stage.name if stage.verb in {"prepare", "compare"} else block.case
    named = [f"caselab.cases.{case}"]
    if stage.verb == "featurize":
        named.append(f"caselab.features.{block.view}")
    if stage.verb in {"train", "evaluate"}:
        named.append(f"caselab.architectures.{block.architecture}")
        named.append(f"caselab.features.{settings.views[block.view].view}")
    if stage.verb in {"train", "evaluate", "compare"}:
        named.append(f"caselab.problems.{cases.load(case).problem}")
    return named


def _file(module):
    base = Path("src", *module.split("."))
    return base / "__init__.py" if (ROOT / base).is_dir() else base.with_suffix(".py")
