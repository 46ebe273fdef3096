"""A fit that two processes share learns what one process does."""

import os
import signal

import numpy as np
import psutil
import pytest

from caselab import learning
from caselab.architectures import lenet, mlp
from caselab.errors import UserError
from caselab.learning.training import Training
from caselab.storage.rows import Rows

SETTINGS = {
    "max_epochs": 4,
    "batch_size": 32,
    "learning_rate": 0.02,
    "accelerator": "cpu",
    "validation_fraction": 0.2,
}


def model(devices, class_weight=None, **settings):
    training = Training(**SETTINGS | settings, devices=devices, strategy="ddp")
    return mlp.classification(
        hidden=(16,), dropout=0.0, class_weight=class_weight, training=training, random_state=0
    )


def curve(fitted):
    return np.array([[*epoch.values()] for epoch in fitted.history_])


@pytest.mark.parametrize(
    ("class_weight", "settings"),
    [(None, {}), ("balanced", {"accumulate": 2, "gradient_clip": 0.1, "batch_size": 16})],
)
def test_two_processes_have_the_loss_curve_of_one(rows, class_weight, settings):
    X, y = rows
    one = model(1, class_weight, **settings).fit(X, y)
    told = []
    with learning.session(on_epoch=lambda epoch, metrics: told.append(epoch)):
        two = model(2, class_weight, **settings).fit(X, y)
    np.testing.assert_allclose(curve(two), curve(one), rtol=1e-4)
    for name, array in one.weights_.items():
        np.testing.assert_allclose(two.weights_[name], array, atol=1e-4)
    assert two.best_epoch_ == one.best_epoch_
    assert told == [1, 2, 3, 4]
    np.testing.assert_allclose(two.predict_proba(X), one.predict_proba(X), atol=1e-4)


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
                if "caselab.learning.lightning.processes" in " ".join(child.cmdline())
                and "torch.distributed.run" not in " ".join(child.cmdline())
            ]
            os.kill(workers[-1].pid, signal.SIGKILL)

    long = {"max_epochs": 300, "patience": 300}
    failed = pytest.raises(UserError, match=r"A fit on 2 devices ended with code")
    with failed, learning.session(tmp_path, kill_one, every=0):
        model(2, **long).fit(X, y)
    told = []

    def note(epoch, _):
        told.append(epoch)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), learning.session(tmp_path, note, every=0):
        model(2, **long).fit(X, y)
    assert told[0] > 1
    assert not [
        child
        for child in psutil.Process().children(recursive=True)
        if "lightning.processes" in " ".join(child.cmdline())
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
