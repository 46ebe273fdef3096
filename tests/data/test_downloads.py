import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from caselab.data import downloads

CONTENT = b"id,city\n1,Ulm\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
CODE = b"raise SystemExit('code of the package ran')"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CASELAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def server():
    """Serve `files` by their paths, parts of them too; list what was asked for.

    `breaks_after` bytes the next answer breaks off.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            running.asked.append((self.path, self.headers.get("Range")))
            content = running.files.get(self.path)
            start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
            if content is None or start >= len(content):
                self.send_response(404 if content is None else 416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            content = content[start:]
            self.send_response(206 if self.headers.get("Range") else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if running.breaks_after:
                content, running.breaks_after = content[: running.breaks_after.pop()], []
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    running.address = f"http://127.0.0.1:{running.server_port}"
    running.files = {"/toys.csv": CONTENT}
    running.asked = []
    running.breaks_after = []
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
        archive.writestr("toys/__init__.py", CODE)
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
    assert server.asked == [("/toys.csv", None)]


def test_a_damaged_copy_in_the_cache_is_brought_again(server):
    file = downloads.url(f"{server.address}/toys.csv", SHA256)
    downloads.fetch(file).write_bytes(b"damaged")
    assert downloads.fetch(file).read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_other_content_is_refused_and_leaves_nothing(server, cache):
    with pytest.raises(downloads.UnavailableError, match="hash"):
        downloads.fetch(downloads.url(f"{server.address}/toys.csv", "0" * 64))
    assert [each for each in cache.rglob("*") if each.is_file() and each.suffix != ".lock"] == []


def test_an_address_that_is_gone_or_out_of_reach(server):
    with pytest.raises(downloads.UnavailableError, match="404"):
        downloads.fetch(downloads.url(f"{server.address}/gone.csv", SHA256))
    with pytest.raises(downloads.UnavailableError, match="no connection"):
        downloads.fetch(downloads.url("http://127.0.0.1:1/toys.csv", SHA256))


def test_a_member_of_a_wheel(wheel, cache):
    path = downloads.fetch(downloads.wheel_member("toys==1.0", "toys/toys.csv", SHA256))
    assert path.read_bytes() == CONTENT
    assert path == cache / f"{SHA256[:16]}-toys.csv"


def test_a_wheel_is_brought_once_for_all_that_it_holds(wheel, tmp_path):
    downloads.fetch(downloads.wheel_member("toys==1.0", "toys/toys.csv", SHA256))
    (tmp_path / "wheels/toys-1.0-py3-none-any.whl").unlink()
    more = hashlib.sha256(CODE).hexdigest()
    path = downloads.fetch(downloads.wheel_member("toys==1.0", "toys/__init__.py", more))
    assert path.read_bytes() == CODE


def test_a_whole_wheel(wheel, cache, tmp_path):
    file = tmp_path / "wheels/toys-1.0-py3-none-any.whl"
    whole = downloads.fetch(downloads.wheel("toys==1.0", sha256(file.read_bytes())))
    assert whole.read_bytes() == file.read_bytes()


def test_a_package_damaged_in_the_cache_is_brought_again(wheel, cache):
    file = downloads.wheel_member("toys==1.0", "toys/toys.csv", SHA256)
    downloads.fetch(file).unlink()
    (kept,) = (cache / "packages").glob("*/*.whl")
    kept.write_bytes(kept.read_bytes()[:100])
    assert downloads.fetch(file).read_bytes() == CONTENT


def test_to_look_for_pip_leaves_the_process_fit_to_compile(tmp_path):
    """setuptools' hook takes a look for the module pip for pip itself, and fails ever after."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom caselab.data import clients\n"
        "try: clients.wheel('toys==1.0', Path(sys.argv[1]))\n"
        "except clients.UnavailableError: import setuptools\n"
    )
    env = os.environ | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True, env=env)


def test_a_wheel_or_a_member_that_is_not_there(wheel):
    with pytest.raises(downloads.UnavailableError, match=r"toys==2\.0"):
        downloads.fetch(downloads.wheel_member("toys==2.0", "toys/toys.csv", SHA256))
    with pytest.raises(downloads.UnavailableError, match=r"toys/gone\.csv"):
        downloads.fetch(downloads.wheel_member("toys==1.0", "toys/gone.csv", SHA256))


def test_without_a_wish_the_cache_is_the_users(monkeypatch):
    monkeypatch.delenv("CASELAB_CACHE")
    assert downloads.cache().name == "caselab"


LONG = bytes(range(256)) * 2000


def test_a_broken_transfer_is_taken_up_where_it_broke(server):
    server.files["/toys.csv"] = LONG
    server.breaks_after = [3 << 16]
    path = downloads.fetch(downloads.url(f"{server.address}/toys.csv", sha256(LONG)))
    assert path.read_bytes() == LONG
    assert server.asked == [("/toys.csv", None), ("/toys.csv", f"bytes={3 << 16}-")]


def test_the_next_call_goes_on_from_what_an_earlier_one_left(server, cache):
    file = downloads.url(f"{server.address}/toys.csv", sha256(LONG))
    server.files["/toys.csv"] = LONG
    part_of(file, cache).write_bytes(LONG[:300_000])
    assert downloads.fetch(file).read_bytes() == LONG
    assert server.asked == [("/toys.csv", "bytes=300000-")]
    assert list(cache.rglob("*.part")) == []


@pytest.mark.parametrize("left", [b"something else", LONG + b"too long"])
def test_what_was_left_of_another_content_is_dropped(server, cache, left):
    file = downloads.url(f"{server.address}/toys.csv", sha256(LONG))
    server.files["/toys.csv"] = LONG
    part_of(file, cache).write_bytes(left)
    assert downloads.fetch(file).read_bytes() == LONG


def test_a_file_inside_a_publishers_zip(server):
    server.files["/toys.zip"] = zipped("toys/toys.csv", CONTENT)
    file = downloads.zip_member(f"{server.address}/toys.zip", "toys/toys.csv", SHA256)
    assert downloads.fetch(file).read_bytes() == CONTENT
    gone = downloads.zip_member(f"{server.address}/toys.zip", "gone.csv", SHA256)
    with pytest.raises(downloads.UnavailableError, match=r"gone\.csv"):
        downloads.fetch(gone)


def test_what_a_publisher_packed_anew_with_other_content_is_refused(server):
    server.files["/toys.zip"] = zipped("toys.csv", CONTENT + b" ")
    with pytest.raises(downloads.UnavailableError, match="content changed"):
        downloads.fetch(downloads.zip_member(f"{server.address}/toys.zip", "toys.csv", SHA256))


@pytest.fixture
def npm(server, monkeypatch, tmp_path):
    """The server as npm's registry of the package toys@1.0.0; returns its tarball."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    tarball = io.BytesIO()
    with tarfile.open(fileobj=tarball, mode="w:gz") as archive:
        for name, content in (
            ("package.json", b'{"name": "toys", "version": "1.0.0"}'),
            ("data/toys.csv", CONTENT),
        ):
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    dist = {"tarball": f"{server.address}/toys-1.0.0.tgz"}
    version = {"name": "toys", "version": "1.0.0", "dist": dist}
    told = {"name": "toys", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
    server.files["/toys"] = json.dumps(told).encode()
    server.files["/toys-1.0.0.tgz"] = tarball.getvalue()
    monkeypatch.setenv("npm_config_registry", server.address)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    return tarball.getvalue()


def test_a_file_of_an_npm_package_and_its_whole_tarball(npm, server):
    file = downloads.npm_member("toys@1.0.0", "package/data/toys.csv", SHA256)
    assert downloads.fetch(file).read_bytes() == CONTENT
    asked = len(server.asked)
    whole = downloads.fetch(downloads.npm_tarball("toys@1.0.0", sha256(npm)))
    assert whole.read_bytes() == npm
    assert len(server.asked) == asked


def test_an_npm_package_that_is_not_there(npm):
    with pytest.raises(downloads.UnavailableError, match=r"toys@2\.0\.0"):
        downloads.fetch(downloads.npm_tarball("toys@2.0.0", SHA256))


@pytest.fixture
def apt_get(tmp_path, monkeypatch):
    """An apt-get that has the one package toys, in a folder that leads the PATH."""
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not installed")
    content = tmp_path / "toys"
    (content / "DEBIAN").mkdir(parents=True)
    (content / "DEBIAN/control").write_text(
        "Package: toys\nVersion: 1.0\nArchitecture: all\nMaintainer: us\nDescription: toys\n"
    )
    (content / "usr/share").mkdir(parents=True)
    (content / "usr/share/toys.csv").write_bytes(CONTENT)
    subprocess.run(["dpkg-deb", "--build", str(content), str(tmp_path / "toys.deb")], check=True)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "apt-get").write_text(
        f"""#!/bin/sh
[ "$1 $2" = "download toys" ] && exec cp {tmp_path}/toys.deb .
echo "E: Unable to locate package $2" >&2
exit 100
"""
    )
    (programs / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


def test_a_file_of_a_debian_package(apt_get):
    file = downloads.debian_member("toys", "/usr/share/toys.csv", SHA256)
    assert downloads.fetch(file).read_bytes() == CONTENT
    with pytest.raises(downloads.UnavailableError, match="Unable to locate package games"):
        downloads.fetch(downloads.debian_member("games", "/usr/share/games.csv", SHA256))


@pytest.mark.parametrize(
    ("file", "clause"),
    [
        (downloads.npm_tarball("toys@1.0.0", SHA256), r"npm is not installed here \(.*Node\.js"),
        (downloads.debian_member("toys", "/toys.csv", SHA256), r"apt-get is not .*Debian"),
    ],
)
def test_a_missing_client_is_named_and_where_it_comes_from(monkeypatch, tmp_path, file, clause):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(downloads.UnavailableError, match=clause):
        downloads.fetch(file)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def zipped(name, content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def part_of(file, cache):
    (cache / "parts").mkdir(parents=True)
    return cache / "parts" / f"{sha256(file.place.encode())[:16]}.part"
