"""What only a GPU can show, in one script of a few minutes.

Run `python -m benchmarks.gpu` where torch finds one: the tests marked `gpu`, the estimator's speed
against bare loops, rows that lie on the GPU against rows that are streamed to it, single precision
against bfloat16. Leaves results/gpu.json, with the card's name.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import training
from caselab.architectures import lenet
from caselab.learning import batches
from caselab.learning.training import Training
from caselab.storage.rows import Rows

RESULT = Path(__file__).parent / "results" / "gpu.json"
PICTURES, SIDE = 60_000, 64


def main() -> None:
    """Run everything and report."""
    if not torch.cuda.is_available():
        raise SystemExit("torch finds no GPU here")
    tests = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "tests/learning/lightning"]
    found: dict[str, Any] = {
        "card": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "tests": subprocess.run(tests, check=False).returncode,
        "loops": training.main("cuda", repeats=5),
        "rows": rows(),
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2), flush=True)


def rows() -> dict[str, Any]:
    """Return rows a second of one network: rows on the GPU, streamed to it, and in bfloat16."""
    random = np.random.default_rng(0)
    X = random.integers(0, 256, (PICTURES, 1, SIDE, SIDE), dtype=np.uint8)
    y = random.integers(0, 10, PICTURES)
    floats = Rows(X).changed(lambda block: np.divide(block, 255, dtype=np.float32))

    def fit(precision: str) -> tuple[float, Any]:
        words = {"max_epochs": 3, "batch_size": 512, "validation_fraction": 0.05}
        settings = Training(**words, accelerator="gpu", precision=precision)
        started = time.perf_counter()
        model = lenet.classification(training=settings, random_state=0).fit(floats, y)
        return 3 * PICTURES / (time.perf_counter() - started), model

    fit("32-true")  # warm
    whole, one = fit("32-true")
    half, _ = fit("bf16-mixed")
    room, batches.room = batches.room, lambda _: 0
    try:
        streamed, other = fit("32-true")
    finally:
        batches.room = room
    equal = all(np.array_equal(one.weights_[name], other.weights_[name]) for name in one.weights_)
    return {
        "on the GPU, a second": round(whole),
        "streamed, a second": round(streamed),
        "bfloat16, a second": round(half),
        "the same network to the bit": equal,
    }


if __name__ == "__main__":
    main()
