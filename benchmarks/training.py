"""The Lightning estimator against bare PyTorch loops: samples per second on the same network.

Run `python -m benchmarks.training`. All train the same three-layer MLP on the same rows for the
same epochs, batch 128, with the same validation after each epoch; repeats are interleaved, so that
a busy machine slows all alike. `bare` has torch's default Adam, `bare, fused` the fused step that
the estimator uses too: the stricter comparison.
"""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import make_classification
from torch import nn

from caselab.architectures import mlp
from caselab.learning.layers.activations import activations
from caselab.learning.training import Training
from caselab.learning.validation import hold_out

RESULT = Path(__file__).parent / "results" / "training.json"
TARGET = 0.8
EPOCHS, REPEATS = 20, 9
TRAINING = Training(max_epochs=EPOCHS, patience=EPOCHS, batch_size=128, accelerator="cpu")
OPTIONS = {"hidden": (128, 64), "dropout": 0.2, "batch_norm": False}


def main() -> None:
    """Train all in turn and report."""
    torch.set_num_threads(1)
    X, y = make_classification(n_samples=6400, n_features=45, n_informative=20, random_state=0)
    X = X.astype(np.float32)
    contestants: dict[str, Callable[[], None]] = {
        "caselab": lambda: caselab(X, y),
        "bare, fused": lambda: bare(X, y, fused=True),
        "bare": lambda: bare(X, y, fused=None),
    }
    for train in contestants.values():
        train()  # warm: imports, allocator
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(REPEATS):
        for name, train in contestants.items():
            start = time.perf_counter()
            train()
            seconds[name].append(time.perf_counter() - start)
    report(seconds, rows=EPOCHS * len(hold_out(len(X), 0.1, 0, y)[0]))


def caselab(X: np.ndarray, y: np.ndarray) -> None:
    """Fit the estimator."""
    mlp.classification(**OPTIONS, training=TRAINING, random_state=0).fit(X, y)


def bare(X: np.ndarray, y: np.ndarray, fused: bool | None) -> None:
    """Train as a tutorial would."""
    torch.manual_seed(0)
    learn, held = hold_out(len(X), TRAINING.validation_fraction, 0, y)
    X_learn, y_learn = torch.tensor(X[learn]), torch.tensor(y[learn])
    X_held, y_held = torch.tensor(X[held]), torch.tensor(y[held])
    network = mlp.MLP(X.shape[1:], 2, activations["relu"], **OPTIONS)
    loss = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(
        network.parameters(),
        TRAINING.learning_rate,
        weight_decay=TRAINING.weight_decay,
        fused=fused,
    )
    for _ in range(EPOCHS):
        network.train()
        for batch in torch.randperm(len(X_learn)).split(TRAINING.batch_size):
            optimizer.zero_grad()
            loss(network(X_learn[batch]), y_learn[batch]).backward()
            optimizer.step()
        network.eval()
        with torch.no_grad():
            loss(network(X_held), y_held).item()


def report(seconds: dict[str, list[float]], rows: int) -> None:
    """Print and keep the median speed of each, and the median of the ratios within a repeat."""
    result = {}
    print(f"{'':<14}{'samples/s':>12}{'caselab / it':>14}")
    for name, times in seconds.items():
        speed = rows / statistics.median(times)
        ratios = [them / us for us, them in zip(seconds["caselab"], times, strict=True)]
        result[name] = {"samples_per_second": round(speed), "ratio": statistics.median(ratios)}
        print(f"{name:<14}{speed:>12,.0f}{result[name]['ratio']:>14.2f}")
    reached = result["bare, fused"]["ratio"] >= TARGET
    print(f"target {TARGET} of bare, fused: {'reached' if reached else 'MISSED'}")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
