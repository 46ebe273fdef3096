"""What makes which stage stale: an edit of a file those whose code comes from it, and no others.

The lists that `imports` leaves are held against grimp's walk, both ways, and against what DVC itself
finds changed after an edit.
"""

import ast
import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
import yaml

from caselab import architectures, cases, features, params, problems, stages
from caselab.dag import Dag
from caselab.imports.lists import EXEMPT, read

ROOT = Path(__file__).parents[1]
CODE = "src/caselab"


@pytest.fixture(scope="module")
def imports():
    return grimp.build_graph("caselab", cache_dir=None, exclude_type_checking_imports=True)


@pytest.fixture(scope="module")
def settings():
    return params.load(ROOT)


@pytest.fixture(scope="module")
def listed(settings, tmp_path_factory):
    """The files of every list, by the path that a stage depends on."""
    root = tmp_path_factory.mktemp("listed")
    shutil.copytree(ROOT / CODE, root / CODE, ignore=shutil.ignore_patterns("__pycache__"))
    with contextlib.chdir(root):
        stages.run("imports", params=settings)
    found = root.glob("data/imports/*/*.txt")
    return {file.relative_to(root).as_posix(): set(read(file.read_text())) for file in found}


def test_a_stages_lists_hold_just_what_its_code_imports(imports, settings, listed):
    dag = Dag(ROOT)
    for stage in dag.stages.values():
        if stage.verb == "imports":
            continue
        found = set().union(*(listed[dep] for dep in stage.deps if dep in listed))
        assert found == _reached(_roots(stage, settings), imports), stage.address


def test_every_list_has_its_stage(listed):
    used = {dep for stage in Dag(ROOT).stages.values() for dep in stage.deps}
    idle = {path.rpartition("/")[2] for path in listed.keys() - used}
    with_blocks = {f"{name}.txt" for name in [*params.load(ROOT).cases, *params.load(ROOT).views]}
    assert not idle & with_blocks


def test_no_other_room_loads_its_modules_by_a_name():
    """A room that begins to needs lists of its own: imports/lists.py."""
    loading = {
        file.parent.relative_to(ROOT / CODE).as_posix()
        for file in (ROOT / CODE).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("import_module")
        and isinstance(node.args[0], ast.JoinedStr)
    }
    assert loading == {
        "architectures", "cases", "evaluation/plots", "features", "features/pretrained", "problems",
        "sources", "sources/own", "stages",
    }  # fmt: skip


def test_what_a_pipeline_is_built_of_stands_in_its_lists(settings, listed):
    """However its modules were loaded."""
    for name, block in settings.learners.items():
        view, problem = settings.views[block.view].view, cases.load(block.case).problem
        built = architectures.build(block, view, problem, seed=0, threads=1)
        parts = built.get_params(deep=True).values()
        modules = {getattr(part, "__module__", None) or "" for part in parts}
        ours = {_file(module) for module in modules if module.startswith("caselab.")}
        lists = (f"transformers/{name}", f"architectures/{block.architecture}")
        found = set().union(*(listed[f"data/imports/{each}.txt"] for each in lists))
        assert ours <= found, name


def _roots(stage, settings):
    """Return the modules that a stage runs or loads by a name."""
    block = {
        "fetch": settings.sources,
        "prepare": settings.cases,
        "featurize": settings.views,
        "train": settings.pipelines,
        "evaluate": settings.pipelines,
        "blend": settings.pipelines,
        "compare": settings.cases,
    }[stage.verb][stage.name]
    yield f"stages.{stage.verb}"
    if stage.verb == "fetch":
        yield f"sources.{Path(block.origin).stem}"
        return
    if stage.verb == "featurize":
        yield f"features.{block.view}"
        return
    of_pipeline = stage.verb in {"train", "evaluate", "blend"}
    case = block.case if of_pipeline else stage.name
    problem = cases.load(case).problem
    yield f"cases.{case}"
    yield f"problems.{problem}"
    if of_pipeline:
        view = settings.views[block.view].view
        yield f"features.{view}"
    members = settings.members(stage.name) if stage.verb == "blend" else [stage.name] * of_pipeline
    for member in members:
        learns = settings.pipelines[member]
        yield from (f"features.pretrained.{word}" for word in _asked(learns.features))
        yield f"architectures.{learns.architecture}"
    if stage.verb in {"evaluate", "blend"}:
        modality = features.load(view)
        is_network = architectures.is_network(block.architecture, problem)
        of_network = getattr(modality, "network_plots", ()) if is_network else ()
        for name in (*problems.load(problem).plots, *modality.plots, *of_network):
            yield f"evaluation.plots.{name.partition('.')[0]}"


def _asked(words):
    """Return what a pipeline's `features` ask for by name."""
    if words.get("represent") in {"contextual", "subwords"}:
        yield words["represent"]
    if words.get("backbone"):
        yield "backbone"


def _reached(roots, imports):
    """Return the files that grimp reaches, and the packages that importing them runs."""
    seen: set[str] = set()
    todo = [f"caselab.{root}" for root in roots]
    while todo:
        module = todo.pop()
        exempt = any(f"{module}.".startswith(f"{each}.") for each in ("caselab.errors", *EXEMPT))
        if module in seen or exempt or module == "caselab":
            continue
        seen.add(module)
        todo += imports.find_modules_directly_imported_by(module)
        todo.append(module.rpartition(".")[0])
    return {_file(module) for module in seen}


def _file(module):
    base = Path("src", *module.split("."))
    file = base / "__init__.py" if (ROOT / base).is_dir() else base.with_suffix(".py")
    return file.as_posix()


# Edits, in a project in which everything ran


KEPT = (
    "churn-logistic", "churn-mlp", "prices-linear", "prices-mlp", "news_topics-multinomial-nb",
    "news_topics-features-logistic", "movies_ranking-popularity", "movies_rating-popularity",
    "images_digits-logistic",
)  # fmt: skip


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A project whose dvc.lock says that every stage ran; only `imports` really did."""
    root = tmp_path_factory.mktemp("recorded")
    shutil.copytree(ROOT / CODE, root / CODE, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dvc.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(ROOT / name, root / name)
    (root / "params.yaml").write_text(yaml.safe_dump(_kept(), sort_keys=False))
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, cwd=root, check=True)
    with contextlib.chdir(root):
        dag = Dag()
        for address in dag.stale():
            if address == "imports":
                stages.run("imports")
            for out in dag.stages[address].outs:
                if address != "imports":
                    Path(out).parent.mkdir(parents=True, exist_ok=True)
                    Path(out).write_text(address)
            dag.opened.finish(address)
        dag.opened.flush()
    return root


def _kept():
    """Return params.yaml with a few pipelines, and what they need."""
    raw = yaml.safe_load((ROOT / "params.yaml").read_text())
    pipelines = {name: raw["pipelines"][name] for name in KEPT}
    views = {block["view"]: raw["views"][block["view"]] for block in pipelines.values()}
    of_cases = {block["case"]: raw["cases"][block["case"]] for block in pipelines.values()}
    sources = {block["source"]: raw["sources"][block["source"]] for block in of_cases.values()}
    blends = {"churn-blend": raw["blends"]["churn-blend"]}
    known = {
        "pipelines": pipelines,
        "blends": blends,
        "views": views,
        "cases": of_cases,
        "sources": sources,
    }
    return {key: raw[key] for key in ("seed", "threads", "quarantine", "candidate")} | known


@pytest.fixture
def project(recorded, tmp_path, monkeypatch):
    root = tmp_path / "project"
    shutil.copytree(recorded, root, symlinks=True)
    monkeypatch.chdir(root)
    return root


def edit(file):
    with Path(CODE, file).open("a") as code:
        code.write("\n# edited\n")


def trained(stale):
    return {address.partition("@")[2] for address in stale if address.startswith("train@")}


def test_without_an_edit_nothing_is_stale_and_no_code_is_read(project, monkeypatch):
    monkeypatch.setattr("caselab.dag.foresight.lists", lambda *_: pytest.fail("read the code"))
    assert Dag().stale() == {}


@pytest.mark.parametrize(
    ("file", "pipelines"),
    [
        # A text may be represented by a network, whatever learns from it then
        ("learning/optimizers.py", {"churn-mlp", "prices-mlp", "news_topics-features-logistic"}),
        ("features/text.py", {"news_topics-multinomial-nb", "news_topics-features-logistic"}),
        ("features/pictures.py", {"images_digits-logistic"}),
        ("problems/ranking.py", {"movies_ranking-popularity"}),
        ("architectures/mlp.py", {"churn-mlp", "prices-mlp"}),
        ("architectures/__init__.py", set(KEPT)),
        ("cases/prices.py", {"prices-linear", "prices-mlp"}),
        ("evaluation/plots/curves.py", set()),
        ("cli/ui.py", set()),
        ("tracking/__init__.py", set()),
    ],
)
def test_an_edit_makes_stale_whom_it_concerns(project, file, pipelines):
    edit(file)
    stale = Dag().stale()
    assert stale["imports"] == [f"{CODE} changed"]
    assert trained(stale) == pipelines
    assert ("blend@churn-blend" in stale) == bool(
        pipelines & {"churn-logistic", "churn-mlp"} or file == "evaluation/plots/curves.py"
    )


def test_an_edited_picture_draws_reports_anew_and_trains_nothing(project):
    edit("evaluation/plots/curves.py")
    assert Dag().stale(Dag().select(["churn", "prices"])).keys() == {
        "imports", "evaluate@churn-logistic", "evaluate@churn-mlp", "blend@churn-blend",
        "compare@churn",
    }  # fmt: skip


def test_what_is_behind_an_edit_waits_for_it(project):
    edit("learning/optimizers.py")
    stale = Dag().stale(Dag().select(["churn"]))
    why = f"{CODE}/learning/optimizers.py changed"
    assert stale == {
        "imports": [f"{CODE} changed"],
        "train@churn-mlp": [why],
        "evaluate@churn-mlp": [why, "after train@churn-mlp"],
        "blend@churn-blend": [why, "after train@churn-mlp"],
        "compare@churn": [
            "after blend@churn-blend", "after evaluate@churn-mlp", "after train@churn-mlp",
        ],
    }  # fmt: skip


def test_a_new_import_and_a_new_file_make_stale_whom_they_concern(project):
    Path(CODE, "learning/tricks.py").write_text("TRICK = 1\n")
    assert list(Dag().stale()) == ["imports"]
    with Path(CODE, "architectures/mlp.py").open("a") as code:
        code.write("\n\ndef _trick():\n    from caselab.learning import tricks\n")
    assert Dag().stale(["train@churn-mlp"]) == {
        "train@churn-mlp": [
            f"{CODE}/architectures/mlp.py changed",
            f"{CODE}/learning/tricks.py is imported now",
        ]
    }


def test_an_edit_taken_back_leaves_everything_fresh(project):
    before = Path(CODE, "learning/optimizers.py").read_text()
    edit("learning/optimizers.py")
    dag = Dag()
    assert len(dag.stale()) > 1
    assert dag.opened.start("imports") == "written"
    dag.opened.flush()
    assert "imports" not in Dag().stale()
    Path(CODE, "learning/optimizers.py").write_text(before)
    dag = Dag()
    assert list(dag.stale()) == ["imports"]
    assert dag.opened.start("imports") == "written"
    dag.opened.flush()
    assert Dag().stale() == {}


def test_what_was_foreseen_is_what_the_stage_itself_leaves(project):
    edit("learning/optimizers.py")
    dag = Dag()
    dag.stale()
    assert dag.opened.start("imports") == "written"
    foreseen = {path: path.read_text() for path in Path("data/imports").rglob("*.txt")}
    shutil.rmtree("data/imports")
    stages.run("imports")
    assert foreseen == {path: path.read_text() for path in Path("data/imports").rglob("*.txt")}


def test_a_file_that_is_no_python_stops_no_other_pipeline(project):
    Path(CODE, "architectures/half_written.py").write_text("def classification(:\n")
    assert list(Dag().stale()) == ["imports"]


def test_dvc_finds_changed_what_we_foresaw(project, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(project / "src"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    edit("learning/optimizers.py")
    edit("problems/ranking.py")
    foreseen = {
        address
        for address, reasons in Dag().stale().items()
        if address != "imports" and not all(reason.startswith("after ") for reason in reasons)
    }
    _dvc("repro", "imports")
    assert json.loads(_dvc("status", "--json")).keys() == foreseen
    assert {a for a in Dag().stale() if a in foreseen} == foreseen


def _dvc(*arguments):
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
