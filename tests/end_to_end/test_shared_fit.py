"""A fit that two processes share: plain batches, rows on disk, refusals, and a process that dies."""

import os
import signal

import numpy as np
import psutil
import pytest
from sklearn.datasets import make_classification

from caselab import learning
from caselab.architectures import lenet
from caselab.errors import UserError
from caselab.learning.lightning import checkpoints
from caselab.learning.training import Training
from caselab.storage.rows import Rows
from tests.learning.lightning.test_processes import curve, model


@pytest.fixture(scope="module")
def rows():
    """Return 300 rows of 6 floats and their two classes."""
    X, y = make_classification(300, 6, flip_y=0.2, random_state=0)
    return X.astype(np.float32), y


def test_two_processes_have_the_loss_curve_of_one(rows):
    one, two = (model(devices).fit(*rows) for devices in (1, 2))
    np.testing.assert_allclose(curve(two), curve(one), rtol=1e-4)


def test_what_one_of_them_refuses_is_told_in_its_words(rows):
    with pytest.raises(UserError, match=r"block 'heat', which MLP does not have"):
        model(2, phases=({"epochs": 1, "learn": ["heat"]},)).fit(*rows)


def test_one_that_dies_ends_the_fit_and_the_next_goes_on_from_its_checkpoint(rows, tmp_path):
    """Left to themselves the others would wait for it for ever."""
    X, y = rows

    def kill_one(epoch, _):
        if epoch == 2:
            workers = [
                child
                for child in psutil.Process().children(recursive=True)
                if "caselab.learning.lightning.worker" in " ".join(child.cmdline())
                and "torch.distributed.run" not in " ".join(child.cmdline())
            ]
            os.kill(workers[-1].pid, signal.SIGKILL)

    long = {"max_epochs": 300, "patience": 300}
    failed = pytest.raises(UserError, match=r"A fit on 2 devices ended with code")
    with failed, learning.session(tmp_path, kill_one, every=0):
        model(2, **long).fit(X, y)
    (path,) = tmp_path.iterdir()
    state = checkpoints.read(path)
    assert len(state["history"]) > 0
    state["history"][0]["train_loss"] = 123.0  # which no training gives
    checkpoints.write(state, path)
    told = []

    def note(_, metrics):
        told.append(metrics["train_loss"])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), learning.session(tmp_path, note, every=0):
        model(2, **long).fit(X, y)
    assert told == [123.0]
    assert not [
        child
        for child in psutil.Process().children(recursive=True)
        if "lightning.worker" in " ".join(child.cmdline())
    ]


def test_rows_on_disk_are_opened_by_each(tmp_path):
    X = np.random.default_rng(0).random((80, 1, 12, 12), dtype=np.float32)
    np.save(tmp_path / "X.npy", X)
    y = np.arange(80) % 2

    def fit(devices, X):
        training = Training(max_epochs=2, batch_size=16, accelerator="cpu", devices=devices)
        return lenet.classification(training=training, random_state=0).fit(X, y)

    on_disk = Rows(np.load(tmp_path / "X.npy", mmap_mode="r"))
    np.testing.assert_allclose(curve(fit(2, on_disk)), curve(fit(1, X)), rtol=1e-4)
