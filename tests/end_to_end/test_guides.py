"""Readers of the guides get what the guides show: outputs, architectures that learn, a case."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.test_docs import PAGES, ROOT, blocks, files, merged, reader


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a project, with that project's caselab."""
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def shown(page: str) -> list[tuple[str, str]]:
    """Return the commands of a page whose output it shows word for word, and those outputs."""
    verbatim = "".join(block.text for block in blocks(page) if block.marks == "verbatim")
    return re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", verbatim, re.MULTILINE)


def must_run(folder: Path, code: str) -> None:
    done = run(folder, "-c", code)
    assert done.returncode == 0, done.stderr


VERBATIM = {page: verbatim for page in PAGES if (verbatim := shown(page))}


@pytest.mark.parametrize("page", VERBATIM)
def test_verbatim_output_is_what_the_commands_print(page, tmp_path):
    folder = reader(page, tmp_path)
    for line, expected in VERBATIM[page]:
        done = run(folder, "-m", *shlex.split(line))
        assert tokens(done.stdout + done.stderr) == tokens(expected), line


def tokens(output: str) -> list[str]:
    """Return the words of an output; how wide a table is drawn is no matter."""
    return [word for word in output.split() if set(word) != {"─"}]


FOLLOW = """
import pandas as pd
from caselab import architectures, cases, params, problems, stages
from caselab.storage import datasets, models
from caselab.project import places

for verb, name in {stages}:
    stages.run(verb, name)
settings = params.load()
for name in {pipelines}:
    block = settings.pipelines[name]
    case = cases.load(block.case)
    problem = problems.load(case.problem)
    view = settings.views[block.view].view
    rows = datasets.read(places.features(block.view) / "train").take(range(400))
    fitted = architectures.build(block, view, case.problem, settings.seed, settings.threads)
    if block.training:
        fitted.set_params(model__training__max_epochs=2)
    fitted.fit(rows.X, rows.y)
    answers = problem.answer(fitted, rows.X)
    score = problem.score(rows.y, answers, case)[case.metric]
    assert problem.metrics[case.metric].gain(score, over={bar}) > 0, (name, score)
    models.save(fitted, places.model(block.case, name))
    again = problem.answer(models.load(places.model(block.case, name)), rows.X)
    pd.testing.assert_frame_equal(answers, again)
"""


def test_the_architectures_learn_and_can_be_stored(tmp_path):
    page = "docs/add-an-architecture.md"
    new = [name for name in merged(page)["pipelines"] if name not in raw_params()["pipelines"]]
    assert len(new) == len(files(page))
    steps = [("fetch", "telco"), ("prepare", "churn"), ("featurize", "churn-table")]
    must_run(reader(page, tmp_path), FOLLOW.format(stages=steps, pipelines=new, bar=0.6))


def test_the_case_goes_from_its_table_to_answers(tmp_path):
    folder = reader("docs/add-a-case.md", tmp_path)
    must_run(folder, (folder / "make_tumours.py").read_text())
    steps = [("fetch", "hospital"), ("prepare", "tumours"), ("featurize", "tumours-table")]
    must_run(folder, FOLLOW.format(stages=steps, pipelines=["tumours-logistic"], bar=0.6))


@pytest.fixture(scope="module")
def follower(tmp_path_factory):
    """The folder of somebody who has added the guide's kind and view, with the tests there are."""
    folder = reader("docs/add-a-kind.md", tmp_path_factory.mktemp("kind"))
    shutil.copytree(
        ROOT / "tests",
        folder / "tests",
        ignore=shutil.ignore_patterns("__pycache__", "end_to_end"),
        dirs_exist_ok=True,
    )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_kind_goes_from_its_table_to_answers(follower):
    must_run(follower, (follower / "make_loads.py").read_text())
    steps = [("fetch", "meters"), ("prepare", "loads"), ("featurize", "loads-moments")]
    must_run(follower, FOLLOW.format(stages=steps, pipelines=["loads-last-value"], bar=0.5))


def test_the_kind_and_the_view_pass_the_tests_that_find_them(follower):
    new, found = ("nowcasting", "last_value", "moments"), ("problems", "features", "architectures")
    tests = [f"tests/{room}/test_contract.py" for room in found] + [
        "tests/problems/test_problems.py"
    ]
    words = ("-m", "pytest", "-v", "-p", "no:cacheprovider", "-k", " or ".join(new), *tests)
    done = run(follower, *words)
    assert done.returncode == 0, done.stdout
    passed = [line for line in done.stdout.splitlines() if "PASSED" in line]
    for room in found:
        assert sum(f"{room}/test_contract.py" in line for line in passed) >= 4, room


def raw_params() -> dict:
    return yaml.safe_load((ROOT / "params.yaml").read_text())
