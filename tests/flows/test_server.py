import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from caselab.errors import UserError
from caselab.project import kept, places
from flows import server
from tests.processes import alive, wait_until

LIMIT = 2.0  # seconds from the end of whoever started a server to its own

pytestmark = pytest.mark.xdist_group("prefect")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Keep away from the project, where `make demo` may just have left a server up."""
    monkeypatch.chdir(tmp_path)


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


def test_a_database_of_our_own_server_that_is_down_is_one_sentence(monkeypatch):
    from prefect.settings import PREFECT_API_URL, temporary_settings

    monkeypatch.setenv(server.DATABASE, "postgresql+asyncpg://me:secret@127.0.0.1:1/prefect")
    with (
        temporary_settings(restore_defaults={PREFECT_API_URL}),
        pytest.raises(UserError, match=f"mend {server.DATABASE}") as raised,
        server.connected(),
    ):
        pass
    assert "secret" not in str(raised.value)


def test_a_stranger_on_prefects_usual_port_is_left_alone(stranger):
    assert server.answers(stranger, patience=5)
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
    assert server.answers(prefect_server, patience=5)


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
    wait_until(lambda: not alive(pid), LIMIT)


def test_a_server_that_is_kept_up_is_shared_found_again_and_ends_when_idle(
    project, monkeypatch, stranger
):
    from prefect.settings import PREFECT_API_URL, temporary_settings

    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("CASELAB_KEEP_UP", "2")
    taken = int(stranger.removesuffix("/api").rpartition(":")[2])
    places.kept("any").parent.mkdir(parents=True)
    places.kept("prefect.lock").write_text(f"1 {taken}\n")  # a dead one's, by now others'
    assert kept.up() == []
    urls = []

    def connect():
        with (
            temporary_settings(restore_defaults={PREFECT_API_URL}),
            server._kept_up(kept.seconds()) as url,
        ):
            urls.append(url)
            time.sleep(3)  # longer than it would stay idle

    both = [threading.Thread(target=connect) for _ in range(2)]
    with kept.using("prefect"):  # or a slow machine may take longer than it stays up
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        (up,) = kept.up()
        assert set(urls) == {f"http://127.0.0.1:{up.port}/api"}
        assert up.port != taken
        connect()
        assert kept.up() == [up]
    wait_until(lambda: not kept.up() and not alive(up.pid), 15)
    assert kept.port_before("prefect") == up.port


def test_a_server_that_is_kept_up_ends_when_its_project_is_deleted(tmp_path, monkeypatch):
    left = threading.Event()
    monkeypatch.setattr(server, "_leave", lambda _: left.set())
    monkeypatch.setattr(server, "IDLE_LOOK", 0.01)
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    threading.Thread(target=server._leave_when_idle, args=(60.0, None), daemon=True).start()
    wait_until(places.kept("prefect.used").exists, 5)
    assert not left.is_set()
    (tmp_path / "project").rename(tmp_path / "gone")
    shutil.rmtree(tmp_path / "gone")
    assert left.wait(5)
