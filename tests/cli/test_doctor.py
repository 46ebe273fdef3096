import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

import caselab
from caselab.cli import doctor
from caselab.cli.doctor import Finding
from caselab.dag.damage import Damages

REPOSITORY = Path(caselab.__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(REPOSITORY / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("CASELAB_TRACKING", raising=False)
    return tmp_path


def test_packages_other_than_pinned_are_named(project):
    (project / "constraints.txt").write_text("pandas==0.1\nnot-installed-here==3.2\n")
    (finding,) = doctor._packages()
    assert finding.state == "warning"
    assert finding.what.startswith("pandas ")
    assert finding.what.endswith(" instead of 0.1")
    assert "make setup" in finding.mend


def test_a_wrong_line_of_params_yaml_is_an_error(project):
    file = project / "params.yaml"
    file.write_text(file.read_text().replace("seed: 7", "seed: seven"))
    (finding,) = doctor._parameters()
    assert finding.state == "error"
    assert 'seed is "seven"' in finding.what


def test_more_cores_lent_than_there_are_is_a_warning(project):
    file = project / "params.yaml"
    file.write_text(file.read_text() + "\nflow: {slots: {cores: 4096}}\n")
    assert [f.state for f in doctor._parameters()] == ["ok", "warning"]


def test_a_project_without_dvc_says_how_to_set_it_up(project):
    findings = {finding.subject: finding for finding in doctor._repository()}
    assert findings["DVC"].mend == "dvc init"
    assert findings["git"].mend == "git init"


def test_a_damaged_cache_is_an_error_and_what_was_removed_is_named(project, monkeypatch):
    damaged = [Path(".dvc/cache/files/md5", f"{n}0", "1") for n in range(5)]
    for found, state in ((Damages(9, 10**6, damaged), "error"), (Damages(9, 10**6, []), "ok")):
        opened = SimpleNamespace(verify=lambda found=found: found)
        monkeypatch.setattr("caselab.dag.Dag", lambda opened=opened: SimpleNamespace(opened=opened))
        (finding,) = doctor._cache()
        assert finding.state == state
        assert "files: 9, 1.0 MB" in finding.what
        assert (".dvc/cache/files/md5/00/1" in finding.what) == (state == "error")
        assert finding.what.endswith(" and 2 more") == (state == "error")


def test_little_room_on_the_disk_is_a_warning(project, monkeypatch):
    usage = shutil.disk_usage(".")._replace(free=2**30)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert next(doctor._disk()).state == "warning"


def test_an_mlflow_server_that_is_down_is_an_error(project, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
    (finding,) = doctor._mlflow()
    assert finding.state == "error"
    assert "does not answer" in finding.what


def test_runs_that_wait_for_mlflow_are_counted(project):
    record = project / ".caselab/pending/one/record.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    assert [f.what for f in doctor._mlflow()][-1] == "runs that wait to be written: 1"


def test_a_prefect_server_that_is_down_is_an_error(project, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{port}/api")
        assert next(doctor._prefect()).state == "ok"
    assert next(doctor._prefect()).state == "error"


def test_a_database_of_the_log_that_is_down_is_an_error_without_its_password(project, monkeypatch):
    assert next(doctor._requests()).what == "logged as files"
    monkeypatch.setenv("CASELAB_REQUESTS", "postgresql://me:secret@127.0.0.1:1/log")
    (found,) = doctor._requests()
    assert found.state == "error"
    assert "secret" not in found.what
    monkeypatch.setenv("CASELAB_REQUESTS", "log.db")
    assert "no address of a PostgreSQL" in next(doctor._requests()).what


def test_only_errors_make_the_exit_code_1(monkeypatch, capsys):
    def examination(state: str) -> None:
        monkeypatch.setattr(
            doctor, "EXAMINATIONS", [lambda: [Finding("it", state, "[found]", "m")]]
        )

    examination("warning")
    assert doctor.examine() == 0
    examination("error")
    assert doctor.examine() == 1
    assert "[found]" in capsys.readouterr().out
