"""What only a GPU can show, in one script that is made to end within eight minutes.

Run `python -m benchmarks.gpu` where torch finds one. It needs torch, Lightning, scikit-learn, pydantic
and this package's own code for networks; neither DVC nor Prefect nor MLflow. It runs the tests marked
`gpu`, then measures the estimator's speed against bare loops of the same settings, rows that lie on
the GPU against rows that are streamed to it, single precision against bfloat16, and how well the
networks of the profile `gpu` do on Fashion-MNIST, whose rows it reads where a run has left them
(`data/features/images_fashion-pictures`). Leaves results/gpu.json, with the card's name.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import training
from benchmarks.training import Contest
from caselab.architectures import lenet, recurrent, resnet, simple_cnn, transformer
from caselab.features.steps.pictures import PictureScaler
from caselab.learning import batches
from caselab.learning.layers.activations import activations
from caselab.learning.training import Training
from caselab.storage.rows import Rows

RESULT = Path(__file__).parent / "results" / "gpu.json"
FASHION = Path("data/features/images_fashion-pictures")
PICTURES, SIDE = 60_000, 64
WORDS, TEXTS = 20_000, 20_000  # in the vocabulary; to read

OF_SIMPLE = {"channels": (32, 64), "hidden": 128, "dropout": 0.5, "batch_norm": True}
OF_RESNET = {"layers": 18, "width": 1.0, "stem": "auto"}
OF_LSTM = {
    **{"cell": "lstm", "embedding_dim": 256, "hidden": 256, "layers": 1},
    **{"bidirectional": True, "dropout": 0.5},
}
OF_TRANSFORMER = {
    **{"embedding_dim": 256, "n_heads": 8, "layers": 4, "hidden": 1024, "dropout": 0.1},
    **{"positions": "sinusoidal", "norm_first": True},
}
FULL = {"precision": "bf16-mixed", "channels_last": True, "batch_size": 256}


def main() -> None:
    """Run everything and report."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--epochs", type=int, default=40, help="of the networks that are scored")
    epochs = parser.parse_args().epochs
    if not torch.cuda.is_available():
        raise SystemExit("torch finds no GPU here")
    tests = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-m",
        "gpu",
        "tests/learning",
        "tests/architectures",
    ]
    found: dict[str, Any] = {
        "card": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "tests": subprocess.run(tests, check=False).returncode,
        "loops": training.main("cuda", repeats=5),
        "rows": rows(),
        "networks": networks("cuda", repeats=3),
        "scores": scores("gpu", epochs),
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


def networks(device: str, repeats: int, n_rows: int = 60_000) -> dict[str, Any]:
    """Return the speed of networks at full size, ours and bare, as a share of the card's peak too."""
    random = np.random.default_rng(0)
    X, y = _fashion("train") or (
        random.random((n_rows, 1, 28, 28), dtype=np.float32),
        random.integers(0, 10, n_rows),
    )
    X, y = X[:n_rows], y[:n_rows]
    texts = training.texts(min(TEXTS, n_rows), 20, 60, WORDS)
    of_texts = random.integers(0, 4, len(texts))
    simple = OF_SIMPLE | {"residual": False}
    of_lstm = OF_LSTM | {"n_ids": WORDS}
    of_transformer = OF_TRANSFORMER | {"n_ids": WORDS, "longest": texts.shape[1]}
    contests = [
        Contest(
            *("simple CNN, full", 0.9, 1, simple_cnn.classification, simple_cnn.SimpleCNN, simple),
            *(X, y, FULL),
        ),
        Contest(
            *("ResNet-18, full", 0.9, 1, resnet.classification, resnet.ResNet, OF_RESNET),
            *(X, y, FULL),
        ),
        Contest(
            *("LSTM", 0.9, 1, training.lstm, recurrent.RecurrentClassifier, of_lstm),
            *(texts, of_texts, {"batch_size": 128}),
        ),
        Contest(
            *("Transformer", 0.9, 1, training.encoder, transformer.TransformerClassifier),
            *(of_transformer, texts, of_texts, {"batch_size": 128, "precision": "bf16-mixed"}),
        ),
    ]
    peak = _peak(device)
    found: dict[str, Any] = {"peak, FLOP a second": peak}
    for contest in contests:
        result = training.measured(contest, device, repeats)
        speed = result["caselab"]["samples_per_second"]
        if contest.X is texts:
            result["tokens_per_second"] = round(
                speed * (texts != recurrent.PADDING).sum(axis=1).mean()
            )
        else:
            result["share_of_peak"] = round(3 * _flops(contest) * speed / peak, 3)
        found[contest.name] = result
    return found


def scores(accelerator: str, epochs: int) -> dict[str, Any]:
    """Return accuracy on the test pictures of Fashion-MNIST, by the settings of the profile `gpu`."""
    learn, test = _fashion("train"), _fashion("test")
    if learn is None or test is None:
        return {
            "left out": f"{FASHION} is not here; `caselab run featurize@{FASHION.name}` makes it"
        }
    words = {
        **{"max_epochs": epochs, "patience": epochs, "schedule": "cosine", "weight_decay": 5e-4},
        **{"validation_fraction": 0.05, "accelerator": accelerator},
        "augmentation": {"flip": 0.5, "crop": 0.15, "cutout": 0.4},
    }
    fast = {"optimizer": "nesterov", "learning_rate": 0.1, "initialization": "he_normal"}
    models: dict[str, tuple[Callable[..., Any], dict[str, Any], dict[str, Any]]] = {
        "simple CNN": (simple_cnn.classification, OF_SIMPLE, {}),
        "ResNet-18": (resnet.classification, OF_RESNET, fast),
    }
    found = {}
    for name, (make, options, more) in models.items():
        settings = Training(**words, **FULL, **more)
        started = time.perf_counter()
        model = make(**options, training=settings, random_state=0).fit(*learn)
        found[name] = {
            "seconds": round(time.perf_counter() - started, 1),
            "epochs": epochs,
            "accuracy": round(float(model.score(*test)), 4),
        }
    return found


def _fashion(part: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return pictures (n, 1, 28, 28), standardized as train rows are, and their classes."""
    if not (FASHION / "test" / "X.npy").exists():
        return None
    import pyarrow.parquet as pq

    scaler = PictureScaler(scale="standard", flatten=False)
    scaler.fit(np.load(FASHION / "train" / "X.npy", mmap_mode="r"))
    target = pq.read_table(FASHION / part / "rows.parquet", columns=["target"])["target"]
    classes = np.unique(target.to_pylist(), return_inverse=True)[1]
    return scaler.transform(np.load(FASHION / part / "X.npy")), classes


def _flops(contest: Contest) -> int:
    """Return the operations of one picture's way through a network."""
    network = contest.network(contest.X.shape[1:], 10, activations["relu"], **contest.options)
    with FlopCounterMode(display=False) as counter:
        network.eval()(torch.tensor(contest.X[:1]))
    return counter.get_total_flops()


def _peak(device: str, side: int = 8192) -> float:
    """Return the operations a second of a product of matrices in bfloat16."""
    side = side if device == "cuda" else 512
    left, right = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))
    times = []
    for _ in range(10):
        if device == "cuda":
            torch.cuda.synchronize()
        started = time.perf_counter()
        left @ right
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    return 2 * side**3 / min(times)


if __name__ == "__main__":
    main()
