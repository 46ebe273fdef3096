"""Fit a network in a process of its own: for test_resuming.py to start, and to kill."""

import os
import signal
import sys
from pathlib import Path

import safetensors.numpy
import torch
from sklearn.datasets import make_classification

from caselab import learning
from caselab.architectures import mlp
from caselab.learning.training import Training

SETTINGS = {
    "adam-plateau": {"schedule": "plateau", "decay_epochs": 1, "learning_rate": 0.02},
    "nesterov-warmup": {
        "optimizer": "nesterov",
        "learning_rate": 0.1,
        "schedule": "warmup_cosine",
        "accumulate": 3,
    },
    "adamw-no-validation": {"optimizer": "adamw", "validation_fraction": 0.0},
}


def data():
    """Return 400 rows of 8 floats and their classes."""
    X, y = make_classification(400, 8, flip_y=0.2, random_state=0)
    return X.astype("float32"), y


def model(name, max_epochs=12):
    """Return a network with all that has a state: momentum, schedule, batch norm, dropout."""
    training = Training(
        **SETTINGS[name],
        max_epochs=max_epochs,
        patience=4,
        batch_size=32,
        gradient_clip=1.0,
        accelerator="cpu",
    )
    return mlp.classification(
        hidden=(32, 16), dropout=0.3, batch_norm=True, training=training, random_state=1
    )


def fit(name, out, checkpoints=None, kill_after=None, max_epochs=12):
    """Write weights and history to `out`; die by SIGKILL after so many epochs where told so."""
    torch.set_num_threads(1)

    def on_epoch(epoch, _):
        if epoch == kill_after:
            os.kill(os.getpid(), signal.SIGKILL)

    with learning.session(checkpoints, on_epoch, every=0):
        fitted = model(name, max_epochs).fit(*data())
    out.write_bytes(safetensors.numpy.save(fitted.weights_) + repr(fitted.history_).encode())


if __name__ == "__main__":
    fit(sys.argv[1], Path(sys.argv[2]))
