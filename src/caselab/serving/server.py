"""The server: a socket, the application behind it, and an end that leaves no process."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import uvicorn

from caselab import cases
from caselab.params import Params
from caselab.registry import champions
from caselab.registry.lineage import FOLDER
from caselab.serving import access, application, requests
from caselab.serving.fields import example, fields
from caselab.serving.measures import Measures
from caselab.serving.served import Served


def serve(
    params: Params, names: Sequence[str], host: str, port: int, tell: Callable[[str], None]
) -> None:
    """Answer for the champions of cases until SIGINT or SIGTERM.

    `tell` says where they are found.

    Raises:
        UserError: a case has no champion, the port is in use, the log cannot be written, or others
            could reach the server and there is no token.
    """
    token = access.token(host)
    requests.ready()
    known = {name: champions.present(name) for name in names}
    with access.listening(host, port) as listening:
        measures = Measures()
        served = {
            name: Served(cases.load(name), params.serving, measures, example=_example(present))
            for name, present in known.items()
        }
        app = application.build(served, measures, token)
        config = uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            lifespan="on",
            server_header=False,
            timeout_graceful_shutdown=int(params.serving.time_limit) + 1,
        )
        at, port = listening.getsockname()[:2]
        for name in served:
            tell(f"{name}  http://{f'[{at}]' if ':' in at else at}:{port}/{name}")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _ended)  # which uvicorn restores and raises when it has ended
        uvicorn.Server(config).run(sockets=[listening])


def _ended(*_: object) -> None:
    """End, as was asked: there is nothing left to do."""


def _example(present: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a record that lies with a version, where it lies on this machine."""
    if not present.get("folder"):
        return None
    file = Path(present["folder"], "artifacts", FOLDER, "examples.parquet")
    if not file.exists():
        return None
    return example(pd.read_parquet(file), fields(cases.load(present["case"])))
