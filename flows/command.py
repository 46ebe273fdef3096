"""What commands that work for long have in common: a patient console, an end by signals or stdin."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from rich.console import Console

from caselab.stages import process

STOP_LIMIT = 10.0  # seconds from being alone to a Ctrl-C, to the next, to the end


class Patient(Console):
    """A console that goes on when nobody reads any more, as of `caselab run | head`."""

    def on_broken_pipe(self) -> None:
        """Say no more; the run is worth more than its words."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def stopping(cancel: threading.Event, note: Callable[[str], None]) -> Iterator[None]:
    """End the stages in order on Ctrl-C or SIGTERM, at once on a second one, and ourselves on a third."""
    times = 0

    def handle(*_: object) -> None:
        nonlocal times
        times += 1
        cancel.set()
        if times == 1:
            words = "Stopping; Ctrl-C again kills what runs."
            # Not here: what the signal interrupted may hold the terminal's lock.
            threading.Thread(target=note, args=(words,), daemon=True).start()
        elif times == 2:
            process.kill_all()
        else:
            raise KeyboardInterrupt

    before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def stop_with_caller() -> None:
    """Wait until stdin closes, then stop as on Ctrl-C, which may be blocked here; nobody is left to be told, nor to wait."""
    while os.read(0, 1024):  # no lock of sys.stdin's is held when Python ends
        continue
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_LIMIT)
    os._exit(130)


def leave(code: int) -> None:
    """End at once, not when threads have ended that may wait for a Prefect server that is gone."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
