"""doctor: is this machine, and this project, fit to run; and what to mend."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from importlib.util import cache_from_source, find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from rich.text import Text

from caselab import numbers, params
from caselab.cli import tables
from caselab.errors import UserError
from caselab.project import places, postgresql
from caselab.tracking import store

ROOM = 5.0
"""GiB of free disk below which it warns."""


class Finding(NamedTuple):
    """What an examination found: `ok`, `warning` or `error`, and how to mend it."""

    subject: str
    state: str
    what: str
    mend: str = ""


def examine(verify: bool = False) -> int:
    """Print all findings; return 1 where one is an error, else 0.

    `verify` reads all of DVC's cache, too, and takes out what is damaged.
    """
    examinations = (*EXAMINATIONS, _cache) if verify else EXAMINATIONS
    findings = [finding for examination in examinations for finding in examination()]
    colours = {"ok": "green", "warning": "yellow", "error": "red"}
    rows = [(f.subject, Text(f.state, colours[f.state]), f.what, f.mend) for f in findings]
    tables.console().print(tables.table(("", "", "~found", "~to mend"), rows))
    return int(any(finding.state == "error" for finding in findings))


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info < (3, 13)
    mend = "" if fits else "make setup PYTHON=python3.11"
    yield Finding("Python", "ok" if fits else "error", f"{version}, {sys.prefix}", mend)
    spec = find_spec("pytorch_lightning")
    if spec and spec.origin and not Path(cache_from_source(spec.origin)).exists():
        what = "packages are not compiled to bytecode: imports take three times as long"
        yield Finding("Python", "warning", what, "python -m compileall -q .venv/lib")


def _packages() -> Iterator[Finding]:
    file = Path("constraints.txt")
    if not file.exists():
        yield Finding("packages", "warning", "there is no constraints.txt to compare with")
        return
    pins = dict(re.findall(r"^([\w.-]+)==([^\s;#]+)", file.read_text(), flags=re.MULTILINE))
    installed = {
        _normal(distribution.name): distribution.version.partition("+")[0]
        for distribution in metadata.distributions()
    }
    other = [
        f"{name} {installed[_normal(name)]} instead of {pin}"
        for name, pin in pins.items()
        if installed.get(_normal(name), pin) != pin
    ]
    if other:
        what = ", ".join(other[:5]) + (f" and {len(other) - 5} more" if len(other) > 5 else "")
        yield Finding("packages", "warning", what, "make setup, to have what CI proved")
    else:
        yield Finding("packages", "ok", f"all {len(pins)} as pinned in constraints.txt")


def _parameters() -> Iterator[Finding]:
    try:
        parameters = params.load()
    except UserError as error:
        yield Finding("params.yaml", "error", str(error), "correct that line")
        return
    what = f"cases: {len(parameters.cases)}, pipelines: {len(parameters.pipelines)}"
    yield Finding("params.yaml", "ok", what)
    slots = parameters.flow.slots
    cores = os.cpu_count() or 1
    lent = (
        f"{slots.cores} of {cores} cores, {slots.memory:.0f} GiB, {slots.gpu} GPUs lent to stages"
    )
    if slots.cores > cores:
        yield Finding("slots", "warning", lent, f"flow.slots.cores: {cores} in params.yaml")
    else:
        yield Finding("slots", "ok", lent)


def _repository() -> Iterator[Finding]:
    if shutil.which("git") is None:
        yield Finding("git", "error", "is not installed", "install git")
    elif not Path(".git").exists():
        yield Finding("git", "warning", "this folder is no git repository", "git init")
    if not Path(".dvc").is_dir():
        yield Finding("DVC", "error", "is not set up here", "dvc init")
        return
    from caselab.dag import Dag

    try:
        stages = Dag().stages
    except UserError as error:
        yield Finding("DVC", "error", str(error))
        return
    yield Finding("DVC", "ok", f"{len(stages)} stages in dvc.yaml")


def _cache() -> Iterator[Finding]:
    from caselab.dag import Dag

    try:
        found = Dag().opened.verify()
    except UserError as error:
        yield Finding("cache", "error", str(error))
        return
    read = f"files: {found.files}, {numbers.size(found.size)}"
    if found.damaged:
        shown = ", ".join(os.path.relpath(path) for path in found.damaged[:3])
        more = f" and {len(found.damaged) - 3} more" if len(found.damaged) > 3 else ""
        what = f"{read}; damaged ones were removed: {shown}{more}"
        yield Finding("cache", "error", what, "caselab run, which makes them again")
    else:
        yield Finding("cache", "ok", f"{read}, all as they were written")


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(".").free / 2**30
    mend = "" if free > ROOM else "caselab clean --keep 2"
    yield Finding("disk", "ok" if free > ROOM else "warning", f"{free:.1f} GiB free", mend)


def _mlflow() -> Iterator[Finding]:
    if store.is_off():
        yield Finding("MLflow", "warning", "tracking is off", "unset CASELAB_TRACKING")
        return
    if reason := store.unreachable():
        yield Finding("MLflow", "error", reason)
        return
    waiting = len(list(places.pending().glob("*/record.json")))
    yield Finding("MLflow", "ok", str(store.database() or store.identity()))
    if waiting:
        yield Finding(
            "MLflow", "warning", f"runs that wait to be written: {waiting}", "caselab run"
        )


def _prefect() -> Iterator[Finding]:
    address = os.environ.get("PREFECT_API_URL")
    if not address:
        yield Finding(
            "Prefect", "ok", "PREFECT_API_URL is not set: runs have a server of their own"
        )
        return
    parts = urlsplit(address)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname or "", port), timeout=3):
            yield Finding("Prefect", "ok", address)
    except (OSError, ValueError) as error:
        what = f"{address} does not answer ({error})"
        yield Finding("Prefect", "error", what, "start it, or unset PREFECT_API_URL")


def _requests() -> Iterator[Finding]:
    from caselab.serving import request_tables, requests

    try:
        database = requests.database()
    except UserError as error:
        yield Finding("requests", "error", str(error))
        return
    if database is None:
        yield Finding("requests", "ok", "logged as files")
    elif reason := postgresql.unreachable(database, request_tables.VARIABLE):
        yield Finding("requests", "error", reason)
    else:
        yield Finding("requests", "ok", f"logged in {postgresql.shown(database)}")


def _accelerator() -> Iterator[Finding]:
    import torch

    if torch.cuda.is_available():
        yield Finding("accelerator", "ok", torch.cuda.get_device_name())
    elif torch.backends.mps.is_available():
        yield Finding("accelerator", "ok", "Apple MPS")
    elif (
        shutil.which("nvidia-smi")
        and not subprocess.run(["nvidia-smi", "-L"], capture_output=True, check=False).returncode
    ):
        what = f"there is an NVIDIA GPU, but torch {torch.__version__} cannot use it"
        yield Finding("accelerator", "warning", what, "install a torch built for its CUDA")
    else:
        yield Finding("accelerator", "ok", f"none; torch {torch.__version__} computes on the CPU")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


EXAMINATIONS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _parameters,
    _repository,
    _disk,
    _mlflow,
    _prefect,
    _requests,
    _accelerator,
)
