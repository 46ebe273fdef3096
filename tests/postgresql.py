"""A PostgreSQL of the tests' own: in a temporary folder, on a port of loopback, with a password."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

USER, PASSWORD = "caselab", "p@ss/word"
OWNER = "postgres"
"""Who the server runs as where the tests are root, which initdb refuses."""


class Server:
    """A server and how it is reached."""

    def __init__(self, binaries: Path, folder: Path, port: int):
        self._binaries, self._folder, self.port = binaries, folder, port

    def address(self, database: str, password: str = "p%40ss%2Fword") -> str:
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make a database and return its address."""
        environment = os.environ | {"PGPASSWORD": PASSWORD}
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", USER)
        command = [self._binaries / "createdb", *where, database]
        subprocess.run(command, check=True, env=environment)
        return self.address(database)

    @property
    def is_up(self) -> bool:
        return (self._data / "postmaster.pid").exists()

    def start(self) -> None:
        """Start it where it is not up."""
        if self.is_up:
            return
        log = self._folder / "log"
        self._as_owner("pg_ctl", "start", "-w", "-D", self._data, "-l", log, "-o", self._options)

    def stop(self) -> None:
        self._as_owner("pg_ctl", "stop", "-D", self._data, "-m", "immediate")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _options(self) -> str:
        return f"-h 127.0.0.1 -p {self.port} -k {self._folder} -F"  # -F: tests wait for no disk

    def _as_owner(self, program: str, *arguments: object) -> None:
        command = [str(self._binaries / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", OWNER, "--", *command]
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def lay_out(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            shutil.chown(self._folder, OWNER)
            shutil.chown(secret, OWNER)
        words = ("-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync", "-E", "UTF8")
        self._as_owner("initdb", "-D", self._data, *words)


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs; Debian keeps them out of the path."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: each.parent.name)
    return folders[-1] if folders else None


@contextmanager
def server() -> Iterator[Server]:
    """Start one, and leave nothing of it; where it is not installed, the test is skipped."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed; `apt-get install postgresql` has it")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    # Not in pytest's folder, which only its own user may enter; and a socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="caselab-pg-") as folder:
        found = Server(programs, Path(folder), port)
        found.lay_out()
        found.start()
        try:
            yield found
        finally:
            if found.is_up:
                found.stop()
