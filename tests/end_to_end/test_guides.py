"""Readers of the guides get what the guides show: outputs, architectures that learn, a case."""

import os
import re
import shlex
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
    assert problem.score(rows.y, answers, case)[case.metric] > 0.6, name
    models.save(fitted, places.model(block.case, name))
    again = problem.answer(models.load(places.model(block.case, name)), rows.X)
    pd.testing.assert_frame_equal(answers, again)
"""


def test_the_architectures_learn_and_can_be_stored(tmp_path):
    page = "docs/add-an-architecture.md"
    new = [name for name in merged(page)["pipelines"] if name not in raw_params()["pipelines"]]
    assert len(new) == len(files(page))
    steps = [("fetch", "telco"), ("prepare", "churn"), ("featurize", "churn-table")]
    must_run(reader(page, tmp_path), FOLLOW.format(stages=steps, pipelines=new))


def test_the_case_goes_from_its_table_to_answers(tmp_path):
    folder = reader("docs/add-a-case.md", tmp_path)
    must_run(folder, (folder / "make_tumours.py").read_text())
    steps = [("fetch", "hospital"), ("prepare", "tumours"), ("featurize", "tumours-table")]
    must_run(folder, FOLLOW.format(stages=steps, pipelines=["tumours-logistic"]))


def raw_params() -> dict:
    return yaml.safe_load((ROOT / "params.yaml").read_text())
