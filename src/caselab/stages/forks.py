"""The fork server itself, as a script: it imports the big libraries, then forks one like itself.

    python -P forks.py --control <fd> [--kept <name> <seconds>] <module> …

Whoever holds the other end of a control socket asks there for processes: a byte, and with it two
descriptors, of a channel and of a pipe for the process's id and its exit code. When that end
closes, were it by kill -9, every process that was asked for there is killed with all it started,
also in the middle of native code. A server that is not kept ends with its only control socket; one
that is kept is found by its socket `<name>.sock`, holds `<name>.lock`, and ends when nobody has
been connected for so many seconds.

It never imports caselab, so the code that a forked process runs is always the code on disk.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import os
import select
import selectors
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

GLANCE = 0.2  # seconds that outlast any look of another process at whether a server is up
NUMBER = struct.Struct("i")
"""A process's id, then its exit code, as they go through the pipe."""


class Server:
    """What is open: sockets by which processes are asked for, and the processes that run."""

    def __init__(self, controls: list[socket.socket], listener: socket.socket | None) -> None:
        self.controls = controls
        self.listener = listener
        self.children: dict[int, tuple[socket.socket, int]] = {}
        """By process: for whom it runs, and the pipe that hears of its end."""
        self.wake, wakes = os.pipe()
        for fd in (self.wake, wakes):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(wakes)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self.leave())

    def serve(self, idle: float) -> None:
        """Fork what is asked for, until nobody asks any more."""
        last = time.monotonic()
        while self.controls or (self.listener and time.monotonic() - last < idle):
            with selectors.DefaultSelector() as selector:
                files: list[Any] = [self.wake, *self.controls, *filter(None, [self.listener])]
                for file in files:
                    selector.register(file, selectors.EVENT_READ)
                events = selector.select(min(idle, 1.0) if self.listener else None)
            for key, _ in events:
                if key.fileobj == self.wake:
                    with suppress(BlockingIOError):
                        os.read(self.wake, 1024)
                elif key.fileobj is self.listener:
                    self.controls.append(self.listener.accept()[0])
                else:
                    self._hear(key.fileobj)  # type: ignore[arg-type]
            self._reap()
            if self.controls:
                last = time.monotonic()
        self.leave()

    def leave(self) -> None:
        """Kill what runs, and end."""
        for pid in self.children:
            _kill_group(pid)
        os._exit(0)

    def _hear(self, control: socket.socket) -> None:
        try:
            asked, fds, _, _ = socket.recv_fds(control, 1, 2)
        except ConnectionError:
            asked, fds = b"", []
        if not asked:
            self.controls.remove(control)
            control.close()
            for pid, (caller, _) in self.children.items():
                if caller is control:
                    _kill_group(pid)
            return
        channel, status = fds
        server, pid = os.getpid(), os.fork()
        if pid == 0:
            self._become_child(server, channel, status)
        os.close(channel)
        self.children[pid] = control, status
        with suppress(BrokenPipeError):
            os.write(status, NUMBER.pack(pid))

    def _reap(self) -> None:
        for pid in list(self.children):
            ended, code = os.waitpid(pid, os.WNOHANG)
            if ended:
                _kill_group(pid)  # what it has left running
                _, status = self.children.pop(pid)
                with suppress(BrokenPipeError):
                    os.write(status, NUMBER.pack(os.waitstatus_to_exitcode(code)))
                os.close(status)

    def _become_child(self, server: int, channel: int, status: int) -> None:
        """Leave all that is the server's, and do what the channel asks for."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.setsid()
            _end_with_parent(server)
            inherited = [self.wake, status, *(control.fileno() for control in self.controls)]
            inherited += [other for _, other in self.children.values()]
            inherited += [LOCK] if LOCK is not None else []
            inherited += [self.listener.fileno()] if self.listener else []
            for fd in inherited:
                os.close(fd)
            connection = Connection(channel)
            folder, path = connection.recv()
            os.chdir(folder)
            sys.path[:] = path
            import_module("caselab.stages.child").enter(connection, server)
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
        except EOFError:  # whoever asked for this process is gone already
            pass
        except BaseException:
            traceback.print_exc()
        finally:
            _leave_python(code)


LOCK: int | None = None
"""Of a kept server; held as long as it lives, and by it alone."""


def main() -> None:
    """Import, then serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int)
    parser.add_argument("--kept", nargs=2)
    parser.add_argument("modules", nargs="*")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asks
    if options.kept:
        name, idle = options.kept
        listener = _alone(Path(name))
        _import(options.modules)
        Server([], listener).serve(float(idle))
    else:
        control = socket.socket(fileno=options.control)
        with _Ending(control):
            _import(options.modules)
        Server([control], None).serve(0.0)


def _alone(name: Path) -> socket.socket:
    """Return the socket at which the kept server `name` is found; end if there is one already."""
    global LOCK
    LOCK = os.open(f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    for last in (False, True):
        try:
            fcntl.flock(LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if last:
                sys.exit()
            time.sleep(GLANCE)
    os.ftruncate(LOCK, 0)
    os.write(LOCK, f"{os.getpid()}\n".encode())
    Path(f"{name}.sock").unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o077)  # for this user alone
    listener.bind(f"{name}.sock")
    os.umask(before)
    listener.listen()
    return listener


class _Ending:
    """Ends this process when a socket closes while the body runs, which takes its time."""

    def __init__(self, control: socket.socket) -> None:
        self._done, self._finish = os.pipe()
        self._thread = threading.Thread(target=self._watch, args=(control,))

    def _watch(self, control: socket.socket) -> None:
        poll = select.poll()
        poll.register(self._done, select.POLLHUP)
        poll.register(control, select.POLLHUP)
        if any(fd == control.fileno() for fd, _ in poll.poll()):
            os._exit(1)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        os.close(self._finish)  # no thread may be left where processes fork
        self._thread.join()
        os.close(self._done)


def _import(modules: list[str]) -> None:
    for module in modules:
        try:
            import_module(module)
        except ImportError:  # whoever needs it says so better
            traceback.print_exc()


def _end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the server is gone; elsewhere a thread does it later."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(1)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _leave_python(code: int) -> None:
    """End as Python does, but without what the server would do at its own exit."""
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.current_thread():
            thread.join()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
