"""A fit that several processes share: one a device, each with its part of every batch.

They are started as scripts by torchrun, which ends all of them when one dies (a child of Lightning's
own launcher that dies leaves the others waiting for ever). The first tells of its epochs on its
standard output and leaves what came out in a file. Rows that lie on disk are opened there by each.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from caselab.errors import UserError
from caselab.learning import sessions
from caselab.learning.lightning import checkpoints
from caselab.learning.lightning.tasks import Fit, Task, restored
from caselab.learning.training import Training

WORKER = "caselab.learning.lightning.worker"
EPOCH = "caselab epoch "
"""Before what is told of an epoch."""
REFUSED = "caselab refused "
"""Before the sentence of a UserError."""


def inside() -> bool:
    """Tell whether this process is one of those that share a fit."""
    return "CASELAB_SHARED_FIT" in os.environ


def fit(
    build: Callable[[], nn.Module], task: Task, training: Training, seed: int, settings: str
) -> Fit:
    """Do what `fitting.fit` does, in `training.devices` processes.

    Raises:
        UserError: what `fitting.fit` raises in one of them, or one of them died.
    """
    session = sessions.current()
    with tempfile.TemporaryDirectory(prefix="caselab-fit-") as folder:
        job, result = Path(folder, "job.pickle"), Path(folder, "result")
        groups, times = session.groups, session.times
        kept = sessions.Session(session.checkpoints, None, session.every, groups, times)
        content = pickle.dumps(
            (build, task, training, seed, settings, kept, torch.get_num_threads())
        )
        job.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        _run(training.devices, [job, digest, result], session.on_epoch)
        state = checkpoints.read(result)
    if state is None:
        raise UserError(
            f"The fit on {training.devices} devices left nothing; run again, or set "
            "training.devices to 1."
        )
    return restored(state["fit"])


def _run(n_processes: int, arguments: list[Any], on_epoch: sessions.OnEpoch | None) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += [f"--nproc-per-node={n_processes}", "--module", WORKER]
    path = os.pathsep.join(entry for entry in (os.getcwd(), *sys.path) if entry)  # noqa: PTH109
    process = subprocess.Popen(
        [*command, *map(str, arguments)],
        env=os.environ | {"CASELAB_SHARED_FIT": "1", "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    )
    refused = ""
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith(EPOCH) and on_epoch:
                on_epoch(*json.loads(line.removeprefix(EPOCH)))
            elif line.startswith(REFUSED):
                refused = line.removeprefix(REFUSED).strip()
        _, said = process.communicate()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)  # torchrun ends its children
            process.wait()
    if refused:
        raise UserError(refused)
    if process.returncode:
        last = [line for line in said.splitlines() if "Error" in line][-1:] or ["no error told"]
        raise UserError(
            f"A fit on {n_processes} devices ended with code {process.returncode} "
            f"({last[0].strip():.200}); run again, or set training.devices to 1."
        )


def _end_with_parent() -> None:
    """Have the kernel end this process when the one that started it is gone."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
