"""The Lightning estimator against bare PyTorch loops: samples per second on the same network.

Run `python -m benchmarks.training`. All train the same network on the same rows for the same epochs,
batch 128, with the same validation after each epoch; repeats are interleaved, so that a busy machine
slows all alike. `bare` has torch's default Adam, `bare, fused` the fused step that the estimator
uses too: the stricter comparison. Networks: a three-layer perceptron on a table, whose steps are so
short that every microsecond around them counts; LeNet-5, the simple CNN and a narrow ResNet-18 on
pictures; an LSTM and a Transformer on texts of one length, and on texts of many, which the bare loops
pad to the longest of all and the estimator to the longest of a batch, drawn by chance or grouped by
length. `--only LSTM` trains those whose names begin so, and leaves the figures of the others.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.datasets import make_classification
from torch import nn

from caselab.architectures import lenet, mlp, recurrent, resnet, simple_cnn, transformer
from caselab.learning.batches import split
from caselab.learning.layers.activations import activations
from caselab.learning.layers.convolutions import by_pixel
from caselab.learning.training import Training
from caselab.learning.validation import hold_out

RESULT = Path(__file__).parent / "results" / "training.json"
REPEATS = 9


@dataclass(frozen=True)
class Contest:
    """One network and its rows."""

    name: str
    target: float  # least share of the fused loop's speed
    epochs: int
    estimator: Callable[..., Any]
    network: type[nn.Module]
    options: dict[str, Any]
    X: np.ndarray
    y: np.ndarray
    words: dict[str, Any] = field(default_factory=dict)  # of Training


def contests() -> list[Contest]:
    """Return the networks and what they learn from."""
    table, classes = make_classification(6400, 45, n_informative=20, random_state=0)
    random = np.random.default_rng(0)
    pictures = random.random((6400, 1, 28, 28), dtype=np.float32)
    of_mlp = {"hidden": (128, 64), "dropout": 0.2, "batch_norm": False}
    of_lenet = {"pooling": "average", "dropout": 0.0}
    of_simple = {"channels": (32, 64), "hidden": 128, "dropout": 0.5}
    of_simple |= {"batch_norm": True, "residual": False}
    of_resnet = {"layers": 18, "width": 0.25, "stem": "auto"}
    few, by_pixel = random.integers(0, 10, 1280), {"channels_last": True}
    n_ids, longest = 5000, 40
    of_lstm = {"cell": "lstm", "embedding_dim": 64, "hidden": 64, "layers": 1}
    of_lstm |= {"bidirectional": False, "dropout": 0.5, "n_ids": n_ids}
    of_transformer: dict[str, Any] = {
        "embedding_dim": 64,
        "n_heads": 4,
        "layers": 2,
        "hidden": 128,
        "dropout": 0.1,
    }
    of_transformer |= {"positions": "sinusoidal", "norm_first": True}
    of_transformer |= {"n_ids": n_ids, "longest": longest}
    alike, unlike = texts(3200, longest, longest, n_ids), texts(3200, 4, longest, n_ids)
    of_texts = random.integers(0, 4, 3200)
    return [
        Contest(
            *("mlp", 0.83, 20, mlp.classification, mlp.MLP, of_mlp),
            *(table.astype(np.float32), classes),
        ),
        Contest(
            *("lenet", 0.9, 2, lenet.classification, lenet.LeNet5, of_lenet),
            *(pictures, random.integers(0, 10, 6400)),
        ),
        Contest(
            *("simple CNN", 0.9, 1, simple_cnn.classification, simple_cnn.SimpleCNN, of_simple),
            *(pictures[:1280], few, by_pixel),
        ),
        Contest(
            *("narrow ResNet-18", 0.9, 1, resnet.classification, resnet.ResNet, of_resnet),
            *(pictures[:1280], few, by_pixel),
        ),
        *(
            Contest(f"{name}, {lengths}", 0.9, 1, make, network, options, ids, of_texts, words)
            for name, make, network, options in (
                ("LSTM", lstm, recurrent.RecurrentClassifier, of_lstm),
                ("Transformer", encoder, transformer.TransformerClassifier, of_transformer),
            )
            for lengths, ids, words in (
                ("one length", alike, {}),
                ("many lengths", unlike, {}),
                ("many lengths, grouped", unlike, {"group_by_length": True}),
            )
        ),
    ]


def texts(n: int, shortest: int, longest: int, n_ids: int) -> np.ndarray:
    """Return `n` texts of random words as ids, padded to the longest."""
    random = np.random.default_rng(0)
    ids = random.integers(recurrent.PADDING + 1, n_ids, (n, longest))
    ids[np.arange(longest) >= random.integers(shortest, longest + 1, n)[:, None]] = (
        recurrent.PADDING
    )
    return ids


def lstm(*, n_ids: int, **options: Any) -> Any:
    """Return the estimator, which counts ids itself."""
    del n_ids
    return recurrent.classification(**options)


def encoder(*, n_ids: int, longest: int, **options: Any) -> Any:
    """Return the estimator, which counts ids and places itself."""
    del n_ids, longest
    return transformer.classification(**options)


def main(device: str = "cpu", repeats: int = REPEATS, only: str = "") -> dict[str, Any]:
    """Train all in turn whose names begin with `only`, report, and keep the figures of a CPU."""
    torch.set_num_threads(1)
    chosen = [contest for contest in contests() if contest.name.startswith(only)]
    found = {contest.name: measured(contest, device, repeats) for contest in chosen}
    if device == "cpu":
        RESULT.parent.mkdir(exist_ok=True)
        known = json.loads(RESULT.read_text()) if RESULT.exists() else {}
        RESULT.write_text(json.dumps({**known, **found}, indent=2) + "\n")
    return found


def measured(contest: Contest, device: str, repeats: int) -> dict[str, Any]:
    """Return the speed of each loop, and how ours compares."""
    loops: dict[str, Callable[[], None]] = {
        "caselab": lambda: caselab(contest, device),
        "bare, fused": lambda: bare(contest, device, fused=True),
        "bare": lambda: bare(contest, device, fused=None),
    }
    for train in loops.values():
        train()  # warm: imports, allocator
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(repeats):
        for name, train in loops.items():
            start = time.perf_counter()
            train()
            seconds[name].append(time.perf_counter() - start)
    return report(contest, seconds)


def settings(contest: Contest, device: str) -> Training:
    """Return what the estimator is told."""
    return Training(
        max_epochs=contest.epochs,
        patience=contest.epochs,
        accelerator="cpu" if device == "cpu" else "gpu",
        **contest.words,
    )


def caselab(contest: Contest, device: str) -> None:
    """Fit the estimator."""
    training = settings(contest, device)
    contest.estimator(**contest.options, training=training, random_state=0).fit(
        contest.X, contest.y
    )


def bare(contest: Contest, device: str, fused: bool | None) -> None:
    """Train as a tutorial would."""
    torch.manual_seed(0)
    training = settings(contest, device)
    learn, held = hold_out(len(contest.X), training.validation_fraction, 0, contest.y)
    X_learn, y_learn, X_held, y_held = (
        torch.tensor(rows, device=device)
        for part in (learn, held)
        for rows in (contest.X[part], contest.y[part])
    )
    n_classes = len(np.unique(contest.y))
    network = contest.network(
        contest.X.shape[1:], n_classes, activations["relu"], **contest.options
    ).to(device)
    layout = torch.channels_last if training.channels_last else torch.preserve_format
    network = by_pixel(network) if training.channels_last else network
    halves = training.precision == "bf16-mixed"
    precision = torch.autocast(device, torch.bfloat16) if halves else nullcontext()
    loss = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(
        network.parameters(),
        training.learning_rate,
        weight_decay=training.weight_decay,
        fused=fused,
    )
    for _ in range(contest.epochs):
        network.train()
        for batch in split(torch.randperm(len(X_learn), device=device), training.batch_size):
            optimizer.zero_grad()
            with precision:
                total = loss(network(X_learn[batch].to(memory_format=layout)), y_learn[batch])
            total.backward()
            optimizer.step()
        network.eval()
        with torch.no_grad(), precision:
            for part in split(torch.arange(len(X_held), device=device), 1024):
                loss(network(X_held[part].to(memory_format=layout)), y_held[part]).item()


def report(contest: Contest, seconds: dict[str, list[float]]) -> dict[str, Any]:
    """Print and return the median speed of each, and the median of the ratios within a repeat."""
    rows = contest.epochs * len(hold_out(len(contest.X), 0.1, 0, contest.y)[0])
    result: dict[str, Any] = {}
    print(f"{contest.name:<26}{'samples/s':>12}{'caselab / it':>14}")
    for name, times in seconds.items():
        speed = rows / statistics.median(times)
        ratios = [them / us for us, them in zip(seconds["caselab"], times, strict=True)]
        result[name] = {
            "samples_per_second": round(speed),
            "ratio": round(statistics.median(ratios), 3),
        }
        print(f"{name:<26}{speed:>12,.0f}{result[name]['ratio']:>14.2f}")
    reached = result["bare, fused"]["ratio"] >= contest.target
    print(f"target {contest.target} of bare, fused: {'reached' if reached else 'MISSED'}\n")
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    main(only=parser.parse_args().only)
