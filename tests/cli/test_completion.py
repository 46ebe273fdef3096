"""What a shell offers behind `caselab` and the Tab key."""

import os
import subprocess
import sys

import pytest

from tests.cli.conftest import write_json


def offered(project, *words: str) -> list[str]:
    """Return what bash is told to offer for the last word."""
    line = {"COMP_WORDS": " ".join(["caselab", *words]), "COMP_CWORD": str(len(words))}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, caselab.cli; sys.argv[0] = 'caselab'; caselab.cli.main()",
        ],
        cwd=project,
        env=os.environ | line | {"_CASELAB_COMPLETE": "complete_bash"},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["lead"], ["leaderboard"]),
        (["leaderboard", "ch"], ["churn"]),
        (["run", "churn-m"], ["churn-mlp"]),
        (["show", "gaussian"], ["gaussian_mixture"]),
        (["diff", "churn-mlp", "churn@"], ["churn@champion", "churn@1", "churn@2"]),
    ],
)
def test_commands_cases_pipelines_and_versions_are_completed(project, words, expected):
    history = [{"version": 1}, {"version": 2}]
    write_json(project / ".caselab/champions/churn.json", {"history": history})
    assert offered(project, *words) == expected


def test_outside_of_a_project_nothing_is_offered_and_nothing_is_said(tmp_path):
    assert offered(tmp_path, "leaderboard", "ch") == []
