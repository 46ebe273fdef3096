import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from caselab.cli import ui
from caselab.errors import UserError
from caselab.tracking import store

# Serves with plain web servers in place of MLflow's and Prefect's, which take half a minute to start.
SERVE = """
import signal, subprocess, sys
from caselab.cli import ui
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have it ignored
def start(page, log):
    command = [sys.executable, "-m", "http.server", str(page.port), "--bind", ui.HOST]
    return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
ui._start = start
ui.store.create = lambda: None
ui.serve(int(sys.argv[1]), int(sys.argv[2]))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ui.HOST, 0))
        return probe.getsockname()[1]


def is_served(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((ui.HOST, port)) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_both_pages_are_served_until_stopped(project, number):
    ports = [free_port(), free_port()]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, *map(str, ports)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(3)]
    page = "#/experiments?workflowType=machine_learning"
    assert lines[0].split() == ["MLflow", f"http://127.0.0.1:{ports[0]}/{page}"]
    assert store.page("experiments") == f"http://127.0.0.1:{ports[0]}/{page}"  # as printed later
    assert lines[1].split() == ["Prefect", f"http://127.0.0.1:{ports[1]}"]
    assert urllib.request.urlopen(f"http://127.0.0.1:{ports[1]}").status == 200
    process.send_signal(number)
    assert process.wait(15) == 0
    assert not any(map(is_served, ports))


def test_a_port_in_use_is_named_with_its_option(project):
    with socket.create_server((ui.HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=f"Port {port} for MLflow.*--mlflow-port"):
            ui.serve(port, free_port())


def test_a_server_that_ends_by_itself_names_its_log_and_takes_the_other_with_it(
    project, monkeypatch
):
    started = []

    def start(page, log):
        if page.title == "Prefect":
            command = [sys.executable, "-c", "raise SystemExit(1)"]
        else:
            command = [sys.executable, "-m", "http.server", str(page.port), "--bind", ui.HOST]
        started.append(subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True))
        return started[-1]

    monkeypatch.setattr(ui, "_start", start)
    monkeypatch.setattr(ui.store, "create", lambda: None)
    monkeypatch.setattr(ui.signal, "signal", lambda *_: None)
    with pytest.raises(UserError, match=r"Prefect's server ended by itself; .*prefect-page\.log"):
        ui.serve(free_port(), free_port())
    assert all(process.poll() is not None for process in started)


def ctrl_c(_):
    raise KeyboardInterrupt


def test_servers_that_run_elsewhere_are_only_named(project, monkeypatch, capsys):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow.example:5000")
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.example:4200/api")
    monkeypatch.setattr(ui.time, "sleep", ctrl_c)
    monkeypatch.setattr(ui.signal, "signal", lambda *_: None)
    ui.serve(free_port(), free_port())
    printed = capsys.readouterr().out
    assert "http://mlflow.example:5000" in printed
    assert "http://prefect.example:4200 " in printed


def test_a_server_that_a_run_left_up_is_the_page(project, monkeypatch, capsys):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow.example:5000")
    monkeypatch.setattr(ui.kept, "up", lambda _: [ui.kept.Kept("prefect", 1, 4321)])
    monkeypatch.setattr(ui.time, "sleep", ctrl_c)
    monkeypatch.setattr(ui.signal, "signal", lambda *_: None)
    ui.serve(free_port(), 4200)
    assert "http://127.0.0.1:4321 (stays up between runs)" in capsys.readouterr().out
    ui.serve(free_port(), free_port())
    told = "http://127.0.0.1:4321 (stays up between runs; --prefect-port is not used)"
    assert told in capsys.readouterr().out
