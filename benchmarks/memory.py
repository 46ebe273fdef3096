"""Learn from more pictures than memory may hold.

Run `python -m benchmarks.memory`. It writes two gigabytes of pictures, as `featurize` leaves them,
and has a process that may allocate 1.5 GB (RLIMIT_DATA, which counts all but files that are mapped)
fit LeNet-5 on them by the path of the stage `train`: rows by position, scaled, one epoch, rows held
out, answers. Linux only.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

RESULT = Path(__file__).parent / "results" / "memory.json"
SIDE, LIMIT = 56, 1_500_000_000


def main(
    gigabytes: Annotated[float, typer.Option(help="Of pictures.")] = 2.0,
    inside: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Write the pictures, fit in a process of its own, and report."""
    if inside is not None:
        learn(inside)
        return
    with tempfile.TemporaryDirectory() as place:
        n_rows = int(gigabytes * 1e9 / SIDE**2)
        write(Path(place), n_rows)
        command = [sys.executable, "-m", "benchmarks.memory", "--inside", place]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = {"pictures": n_rows, "gigabytes": gigabytes, "limit_bytes": LIMIT, **json.loads(said)}
    RESULT.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


def write(place: Path, n_rows: int) -> None:
    """Leave rows of noise in which one class is brighter, a block at a time."""
    X = np.lib.format.open_memmap(
        place / "X.npy", mode="w+", dtype=np.uint8, shape=(n_rows, SIDE, SIDE)
    )
    random = np.random.default_rng(0)
    y = np.arange(n_rows) % 2
    for start in range(0, n_rows, 10_000):
        block = slice(start, start + 10_000)
        noise = random.integers(0, 200, (len(y[block]), SIDE, SIDE), dtype=np.uint8)
        X[block] = noise + 40 * y[block, None, None].astype(np.uint8)
    X.flush()
    rows = {"id": np.arange(n_rows).astype(str), "target": y.astype(str), "fold": y}
    pd.DataFrame(rows).to_parquet(place / "rows.parquet", index=False)


def learn(place: Path) -> None:
    """Fit and answer under the limit; print the seconds and the most memory that was taken."""
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    import torch
    from sklearn.pipeline import make_pipeline

    from caselab.architectures import lenet
    from caselab.features.pictures import transformer
    from caselab.learning.training import Training
    from caselab.storage import datasets

    torch.set_num_threads(1)
    training = Training(max_epochs=1, validation_fraction=0.05, batch_size=64, accelerator="cpu")
    pipeline = make_pipeline(
        transformer(flatten=False), lenet.classification(training=training, random_state=0)
    )
    rows = datasets.read(place)
    part = rows.take(np.arange(len(rows))[rows.ids.index >= 1000])
    started = time.monotonic()
    pipeline.fit(part.X, part.y)
    asked = rows.take(np.arange(1000))
    right = float(np.mean(pipeline.predict(asked.X) == asked.y.to_numpy()))
    status = Path("/proc/self/status").read_text()
    anonymous = next(line for line in status.splitlines() if line.startswith("VmData"))
    print(
        json.dumps(
            {
                "seconds": round(time.monotonic() - started, 1),
                "data_bytes_at_the_end": 1024 * int(anonymous.split()[1]),
                "accuracy_of_rows_not_seen": right,
            }
        )
    )


if __name__ == "__main__":
    typer.run(main)
