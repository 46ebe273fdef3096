"""The report of a run to Prefect, beside the run: that may fail or come late, the run goes on.

Prefect is imported, and its server started, while the first stages run already.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from caselab.errors import UserError
from caselab.project import places
from flows import server
from flows.session import Session

PULSE = 0.2  # seconds
LIMIT = 10.0  # seconds a server may take for what it has not heard when the run is done


class Report:
    """A run's report, under way in a thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._url: str | None = None
        self._why: str | None = None
        self._told = False
        """Whether all is told, and our own server may end."""
        self._thread = threading.Thread(target=self._report, daemon=True)
        self._thread.start()

    def end(self) -> str | None:
        """Wait until the run is told to its end; return why that is not so, in a sentence."""
        began = time.monotonic()
        while self._thread.is_alive() and not self._session.cancel.is_set():
            self._thread.join(PULSE)
            if self._url is None:  # the first server on this machine takes its time to start
                began = time.monotonic()
            elif not (self._told or server.answers(self._url, patience=LIMIT)):
                return _sentence("its server has ended")
            elif time.monotonic() - began > LIMIT:
                return _sentence(f"its server has not taken it in {LIMIT:g} seconds")
        if self._session.cancel.is_set():  # whoever stops a run does not wait for its report
            self._thread.join(server.STOP_LIMIT)
            if self._thread.is_alive():
                return _sentence("the run was stopped")
        return self._why

    def _report(self) -> None:
        try:
            with server.connected() as url:
                self._url = url
                from flows import walk

                with _prefects_logs_in_a_file():
                    walk.follow(self._session)
                self._told = True
        except UserError as error:
            self._why = str(error)
        except BaseException as error:
            logging.getLogger("caselab").debug("The report to Prefect ended.", exc_info=error)
            self._why = _sentence(f"{type(error).__name__}")


def _sentence(why: str) -> str:
    return (
        f"Prefect has no whole record of this run: {why} (log: {places.log('prefect')}); the "
        "results and MLflow's record are whole."
    )


@contextmanager
def _prefects_logs_in_a_file() -> Iterator[None]:
    """Keep Prefect's own words off the terminal, and those of its inner threads."""
    log = places.log("prefect")
    log.parent.mkdir(parents=True, exist_ok=True)
    file = logging.FileHandler(log, encoding="utf-8")
    loggers = [logging.getLogger(), logging.getLogger("prefect._internal")]
    consoles = [
        (logger, each)
        for logger in loggers
        for each in logger.handlers
        if isinstance(each, logging.StreamHandler) and not isinstance(each, logging.FileHandler)
    ]
    for logger, console in consoles:
        logger.removeHandler(console)
    for logger in loggers:
        logger.addHandler(file)
    told, logging.raiseExceptions = logging.raiseExceptions, False  # of logs that cannot be sent
    try:
        yield
    finally:
        logging.raiseExceptions = told
        for logger in loggers:
            logger.removeHandler(file)
        file.close()
        for logger, console in consoles:
            logger.addHandler(console)
