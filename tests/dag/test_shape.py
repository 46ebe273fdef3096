"""The shape of the DAG is what its templates take of params.yaml, and nothing else."""

from copy import deepcopy
from pathlib import Path

import pytest

from caselab.dag.shape import shape

ROOT = Path(__file__).parents[2]
TEMPLATES = """
stages:
  train:
    foreach: ${pipelines}
    do: {cmd: "train ${key}", deps: ["${item.case}"], outs: ["${folder}/${key}"]}
"""
PARAMS = {
    "folder": "models",
    "seed": 7,
    "pipelines": {"a": {"case": "churn", "model": {"depth": 1}}},
}


def of(text, root, **changes):
    (root / "dvc.yaml").write_text(text)
    return shape(root, deepcopy(PARAMS) | changes)


@pytest.mark.parametrize(
    "changes",
    [{"seed": 8}, {"pipelines": {"a": {"case": "churn", "model": {"depth": 2}}}}],
    ids=["no template's", "a setting"],
)
def test_what_no_template_takes_leaves_it(tmp_path, changes):
    assert of(TEMPLATES, tmp_path, **changes) == of(TEMPLATES, tmp_path) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"folder": "elsewhere"},
        {"pipelines": {"b": {"case": "churn"}}},
        {"pipelines": {"a": {"case": "prices"}}},
        {"pipelines": None},
    ],
    ids=["a value", "a name", "a block's column", "none at all"],
)
def test_what_a_template_takes_changes_it(tmp_path, changes):
    assert of(TEMPLATES, tmp_path, **changes) != of(TEMPLATES, tmp_path)


def test_another_template_changes_it(tmp_path):
    assert of(TEMPLATES + "#", tmp_path) != of(TEMPLATES, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        TEMPLATES.replace("${folder}", "${folders[0]}"),
        "vars: [other.yaml]\n" + TEMPLATES,
        TEMPLATES.replace("foreach:", "matrix:"),
    ],
)
def test_where_it_cannot_be_told_there_is_none(tmp_path, text):
    assert of(text, tmp_path) is None


def test_the_project_has_one():
    assert shape(ROOT, {}) is not None
