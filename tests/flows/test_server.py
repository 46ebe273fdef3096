import socket
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from caselab.errors import UserError
from flows import server

pytestmark = pytest.mark.xdist_group("prefect")


@pytest.fixture
def stranger():
    """Serve something on a port that is not Prefect."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_):
            pass

    httpd = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}/api"
    httpd.shutdown()


def test_an_address_where_nothing_answers_is_one_sentence():
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{port}/api"}),
        pytest.raises(UserError, match=rf"No Prefect server answers at http://127.0.0.1:{port}"),
        server.connected(),
    ):
        pass


def test_a_stranger_on_prefects_usual_port_is_left_alone(stranger):
    assert server._answers(stranger, patience=5)
    assert not server._is_prefect(stranger)


def test_prefects_usual_port_is_the_one_that_prefect_is_set_to(monkeypatch):
    from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_API_PORT, temporary_settings

    asked = []
    monkeypatch.setattr(server, "_is_prefect", lambda url: not asked.append(url))
    monkeypatch.setattr(server, "_reporting_to", lambda *_: nullcontext())
    with (
        temporary_settings({PREFECT_SERVER_API_PORT: 4321}, restore_defaults={PREFECT_API_URL}),
        server.connected() as url,
    ):
        assert asked == [url] == ["http://127.0.0.1:4321/api"]


def test_a_running_server_is_used_and_left_running(prefect_server):
    with server.connected() as url:
        assert url == prefect_server
    assert server._answers(prefect_server, patience=5)


def test_our_own_server_ends_when_whoever_started_it_is_killed(tmp_path):
    (tmp_path / "caller.py").write_text(
        "import subprocess, sys, time\n"
        f"server = subprocess.Popen([sys.executable, '-P', {server.__file__!r}],\n"
        "    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)\n"
        "print(server.pid, server.stdout.readline(), flush=True)\n"
        "time.sleep(60)\n"
    )
    caller = subprocess.Popen(
        [sys.executable, "caller.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    pid = int(caller.stdout.readline().split()[0])
    caller.kill()
    caller.wait()
    wait_until_gone(pid)


def wait_until_gone(pid, seconds=90):
    deadline = time.monotonic() + seconds
    while Path(f"/proc/{pid}/stat").exists():
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            return
        assert time.monotonic() < deadline
        time.sleep(0.1)
