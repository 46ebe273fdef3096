"""Data are taken into the project, and DVC keeps them."""

import subprocess
import sys
from pathlib import Path

import pytest

from caselab.errors import UserError
from caselab.inspection.taking_in import take_in
from caselab.project.keeping import keeping


@pytest.fixture
def project(tmp_path, monkeypatch):
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, check=True)
    return root


def test_what_lies_elsewhere_is_copied_and_kept_and_nothing_is_written_over(project):
    outside = project.parent / "shop.csv"
    outside.write_text("a,b\n1,2\n")
    place = take_in(Path("../shop.csv"))
    assert place == Path("data/own/shop.csv")
    assert (keeping(place).by, keeping(place).is_elsewhere) == ("dvc", False)
    assert take_in(outside) == place
    outside.write_text("a,b\n3,4\n")
    with pytest.raises(UserError, match="is there already with other content"):
        take_in(outside)
    assert place.read_text() == "a,b\n1,2\n"


def test_what_lies_here_stays_where_it_is(project):
    Path("shop.csv").write_text("a,b\n1,2\n")
    assert take_in(Path("shop.csv")) == Path("shop.csv")
    assert keeping(Path("shop.csv")).by == "dvc"


def test_what_dvc_refuses_is_told_in_a_sentence(project):
    Path("shop.csv").write_text("a\n")
    subprocess.run(["git", "add", "shop.csv"], check=True)
    with pytest.raises(UserError, match="DVC does not take shop"):
        take_in(Path("shop.csv"))
