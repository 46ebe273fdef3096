"""One of the processes that share a fit: the script that torchrun starts (processes.py)."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import sys
from pathlib import Path

import torch

from caselab.errors import UserError
from caselab.learning import sessions
from caselab.learning.lightning import checkpoints, fitting
from caselab.learning.lightning.processes import EPOCH, REFUSED
from caselab.learning.lightning.tasks import stored


def main(job: str, digest: str, result: str) -> None:
    """Take part in a fit; the first process tells of it and leaves what came out."""
    content = Path(job).read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise SystemExit(f"{job} is not what was handed over")
    build, task, training, seed, settings, session, n_threads = pickle.loads(content)  # noqa: S301  ours
    torch.set_num_threads(n_threads)
    first = os.environ["RANK"] == "0"

    def tell(epoch: int, metrics: dict[str, float]) -> None:
        if first:
            print(EPOCH + json.dumps([epoch, metrics]), flush=True)  # noqa: T201

    known = {"groups": session.groups, "times": session.times}
    try:
        with sessions.session(session.checkpoints, tell, every=session.every, **known):
            done = fitting.fit(build, task, training, seed, settings)
    except UserError as error:
        if first:
            print(REFUSED + " ".join(str(error).split()), flush=True)  # noqa: T201
        raise SystemExit(1) from error
    if first:
        checkpoints.write({"fit": stored(done)}, Path(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
