"""Places are spelled once."""

import ast
from pathlib import Path

import pytest

from caselab.errors import UserError
from caselab.project import places

ROOT = Path(__file__).parents[2]


def test_no_other_file_spells_a_place_under_the_state_folder():
    spelled = {
        file.relative_to(ROOT).as_posix()
        for room in ("src", "flows")
        for file in (ROOT / room).rglob("*.py")
        if any(places.STATE.name in text for text in _texts(file))
    }
    assert spelled == {"src/caselab/project/places.py"}


def _texts(file: Path) -> list[str]:
    """Return the strings of a file that are not there to be read by people."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    words = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in words
    ]


def test_every_place_is_another(monkeypatch):
    found = [
        places.checkpoints("key"),
        places.log("train@one"),
        places.durations(),
        places.run_lock(),
        places.promotion_lock("churn"),
        places.run_reference("churn-mlp"),
        places.pending(),
        places.champion("churn"),
        places.looks_at_test_rows("churn"),
        places.registered("churn", 1),
        places.rebuilt("churn", 1),
        places.checkout("often"),
        places.watched("churn"),
        places.retraining_lock("churn"),
    ]
    assert len({*found}) == len(found)
    assert all(places.STATE in place.parents for place in found)


def test_the_root_is_found_from_any_folder_inside_and_nowhere_else(tmp_path, monkeypatch):
    project, deep = tmp_path / "project", tmp_path / "project/notebooks/old"
    deep.mkdir(parents=True)
    for mark in places.MARKS:
        (project / mark).touch()
    assert places.find_root(deep) == project
    monkeypatch.chdir(deep)
    assert places.enter_root() == project == Path.cwd()
    with pytest.raises(UserError, match="lies in no caselab project"):
        places.find_root(tmp_path)
