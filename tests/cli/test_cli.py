import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from caselab.cli import application, main
from caselab.errors import UserError

COMMANDS = [
    "list",
    "show",
    "run",
    "status",
    "leaderboard",
    "report",
    "diff",
    "promote",
    "champion",
    "rollback",
    "rebuild",
    "predict",
    "schedule",
    "stop",
    "ui",
    "clean",
    "doctor",
    "merge-lock",
]
HEAVY = {"torch", "mlflow", "prefect", "dvc", "sklearn", "pandas", "numpy", "pyarrow"}


def invoke(*arguments: str) -> Result:
    result = CliRunner().invoke(application(), arguments)
    assert result.exit_code == 0, result.output
    return result


def error_of(*arguments: str) -> str:
    """The sentence a user error ends in."""
    result = CliRunner().invoke(application(), arguments)
    assert isinstance(result.exception, UserError), result.output
    return str(result.exception)


def caselab(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "caselab", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


def test_help_lists_every_command_but_stage():
    output = invoke("--help").output
    assert all(command in output for command in COMMANDS)
    assert "dvc.yaml asks" not in output


def test_a_file_that_may_not_be_written_is_one_line_and_exit_code_2(monkeypatch, capsys):
    def refused() -> None:
        raise PermissionError(errno.EACCES, "Permission denied", ".caselab/run.lock")

    monkeypatch.setattr("caselab.cli.app.app", refused)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "caselab: Cannot open .caselab/run.lock: permission is denied; change the folder's owner "
        "or mode, then start again.\n"
    )


def test_a_user_error_is_one_line_and_exit_code_2(project):
    done = caselab("show", "chrun", cwd=project)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("caselab: There is no case, study, pipeline")
    assert done.stderr.count("\n") == 1
    assert "nearest: churn" in done.stderr


def test_an_error_of_ours_keeps_its_traceback(project):
    code = "import caselab.params; caselab.params.load = lambda: 1 / 0; import caselab.cli as c; c.main()"
    command = [sys.executable, "-c", code, "list"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


def test_it_works_from_a_subfolder(project):
    (project / "src" / "deep").mkdir(parents=True)
    done = caselab("list", "--json", cwd=project / "src" / "deep")
    assert json.loads(done.stdout)["cases"][0]["name"] == "churn"


def test_outside_of_a_project_it_says_so(tmp_path):
    done = caselab("list", cwd=tmp_path)
    assert done.returncode == 2
    assert "lies in no caselab project" in done.stderr


def test_an_error_in_params_yaml_names_its_line(project):
    file = project / "params.yaml"
    text = file.read_text()
    file.write_text(text.replace("architecture: mlp", "architecture: mpl"))
    line = text[: text.index("architecture: mlp")].count("\n") + 1
    expected = f'line {line}: pipelines.churn-mlp.architecture is "mpl"'
    assert expected in error_of("list")


@pytest.mark.parametrize("command", ["list", "leaderboard", "champion"])
def test_an_unknown_case_names_the_nearest(finished, command):
    assert "There is no case 'chrn'; the nearest: churn" in error_of(command, "chrn")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["list"],
        ["list", "churn"],
        ["show", "churn"],
        ["show", "churn-mlp"],
        ["show", "xgboost"],
        ["leaderboard"],
        ["champion"],
    ],
)
def test_quick_answers_import_nothing_heavy(finished, arguments):
    code = (
        "import sys, caselab.cli\n"
        "try: caselab.cli.main()\n"
        "except SystemExit: pass\n"
        f"print('heavy:', sorted({HEAVY!r} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=finished, capture_output=True, text=True)
    assert done.stdout.endswith("heavy: []\n"), done.stdout + done.stderr


def test_analytics_are_off_unless_the_user_has_set_them():
    code = "import os, caselab; print(os.environ['DVC_NO_ANALYTICS'], os.environ['DO_NOT_TRACK'])"
    environment = {"PATH": "", "DO_NOT_TRACK": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.stdout.split() == ["1", "0"]
