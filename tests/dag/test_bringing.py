"""What docs say of `dvc checkout` and `dvc pull` works in every state of a project."""

import re
import shutil
from pathlib import Path

import pytest

from caselab.dag import Dag
from tests.dag.toys import dvc, walk

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "data/README.md", *sorted((ROOT / "docs").glob("*.md"))]
MADE = ("data", "models", "reports", "leaderboards")


def documented():
    """Every such command of the docs that brings the whole project, not one file."""
    lines = [
        line.partition("#")[0].strip() for page in PAGES for line in page.read_text().split("\n")
    ]
    return {line for line in lines if re.fullmatch(r"dvc (checkout|pull)( --[a-z-]+)*", line)}


def test_there_are_some():
    assert {command.split()[1] for command in documented()} == {"checkout", "pull"}


@pytest.mark.parametrize("ran", [[], ["churn-a"], ["churn"], ["churn", "news"]])
def test_they_bring_what_there_is(project, tmp_path, ran):
    dvc("remote", "add", "--default", "store", str(tmp_path / "store"))
    if ran:
        walk(Dag(), ran)
    dvc("push", "--run-cache")
    for command in sorted(documented()):
        for room in MADE:
            shutil.rmtree(room, ignore_errors=True)
        if "pull" in command:
            shutil.rmtree(".dvc/cache", ignore_errors=True)
        dvc(*command.split()[1:])
        assert Path("models/churn/churn-a").is_dir() == bool(ran)
        assert Path("leaderboards/news_topics").is_dir() == ("news" in ran)
