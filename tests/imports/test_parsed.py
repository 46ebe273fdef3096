"""What files import, known again by the next command: the same answer, without parsing."""

import pytest

from caselab.imports import parsed
from caselab.imports.parsed import Parsed
from caselab.project import places


@pytest.fixture
def file(tmp_path):
    (tmp_path / places.STATE).mkdir()
    path = tmp_path / "src/ours/room/one.py"
    path.parent.mkdir(parents=True)
    path.write_text("import json\nfrom . import two\nPICTURE = 'curves.roc'\n")
    return path


def ask(root, file):
    reader = Parsed(root)
    answer = reader.imports(file), reader.words(file)
    reader.keep()
    return answer


SAID = (["json", "ours.room", "ours.room.two"], ["curves"])


def test_what_was_parsed_once_is_not_parsed_again(tmp_path, file, monkeypatch):
    assert ask(tmp_path, file) == SAID
    monkeypatch.delattr(parsed, "imports")
    assert ask(tmp_path, file) == SAID


def test_an_edit_is_read_even_within_the_same_second(tmp_path, file):
    ask(tmp_path, file)
    file.write_text("import numpy\n")
    assert ask(tmp_path, file) == (["numpy"], [])


def test_the_same_text_elsewhere_has_other_neighbours(tmp_path, file):
    ask(tmp_path, file)
    moved = file.rename(file.parents[1] / "one.py")
    assert ask(tmp_path, moved)[0] == ["json", "ours", "ours.two"]


def test_a_file_that_is_no_python_imports_nothing(tmp_path, file):
    file.write_text("this is no Python\n")
    assert ask(tmp_path, file) == ([], [])


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"by": 1, "files": {}}', '{"files": 3}'])
def test_what_cannot_be_read_is_parsed(tmp_path, file, damage):
    (tmp_path / places.parsed_imports()).write_text(damage)
    assert ask(tmp_path, file) == SAID


def test_only_what_was_asked_for_is_kept(tmp_path, file):
    ask(tmp_path, file)
    other = file.with_name("two.py")
    other.write_text("")
    ask(tmp_path, other)
    assert "one.py" not in (tmp_path / places.parsed_imports()).read_text()


def test_nothing_is_left_where_nothing_ran(tmp_path, file):
    (tmp_path / places.STATE).rmdir()
    assert ask(tmp_path, file) == SAID
    assert not (tmp_path / places.STATE).exists()
