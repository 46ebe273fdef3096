"""A fit depends on nothing that ran before it, and leaves nothing behind."""

import hashlib
import logging
import os
import random
import signal
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from caselab import learning
from caselab.architectures import mlp
from caselab.learning.lightning.isolation import isolated
from caselab.learning.training import Training


def model(**settings):
    training = Training(**{"max_epochs": 3, "accelerator": "cpu", **settings})
    return mlp.classification(hidden=(16,), training=training, random_state=3)


def digest(fitted):
    content = b"".join(array.tobytes() for array in fitted.weights_.values())
    return hashlib.sha256(content).hexdigest()


def test_what_ran_before_makes_no_difference(rows):
    before = digest(model().fit(*rows))
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    torch.randn(1000, 100) @ torch.randn(100, 7)
    model(learning_rate=0.1, batch_size=7).fit(*rows)
    assert digest(model().fit(*rows)) == before


def test_the_seed_decides(rows):
    assert digest(model().fit(*rows)) != digest(model().set_params(random_state=4).fit(*rows))


def test_fits_in_threads_at_once_are_those_of_one_after_the_other(rows):
    expected = [digest(model(batch_size=size).fit(*rows)) for size in (16, 32, 64)]
    with ThreadPoolExecutor(3) as threads:
        fits = threads.map(lambda size: model(batch_size=size).fit(*rows), (16, 32, 64))
        assert [digest(fitted) for fitted in fits] == expected


def test_a_fit_leaves_the_process_as_it_was(rows):
    def state():
        return (
            torch.get_rng_state().tolist(),
            np.random.get_state()[1].tolist(),  # noqa: NPY002
            random.getstate(),
            torch.are_deterministic_algorithms_enabled(),
            torch.backends.cudnn.benchmark,
            torch.backends.cudnn.deterministic,
            torch.is_grad_enabled(),
            torch.get_num_threads(),
            torch.get_default_dtype(),
            signal.getsignal(signal.SIGINT),
            signal.getsignal(signal.SIGTERM),
            logging.getLogger("pytorch_lightning").level,
            warnings.filters[:],
        )

    before = state()
    with torch.no_grad():
        model(precision="64-true").fit(*rows).predict(rows[0])
    assert state() == before


def test_a_fit_says_nothing_and_leaves_no_file(rows, tmp_path, monkeypatch, capfd, caplog):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model(schedule="warmup_cosine").fit(*rows).predict(rows[0])
        model(validation_fraction=0).fit(*rows)
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
    assert not list(tmp_path.iterdir())


def test_ctrl_c_is_ctrl_c(rows):
    def interrupt(*_):
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with learning.session(on_epoch=interrupt), pytest.raises(KeyboardInterrupt):
        model().fit(*rows)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_request_to_terminate_ends_in_no_success(rows):
    def terminate(*_):
        os.kill(os.getpid(), signal.SIGTERM)

    with learning.session(on_epoch=terminate), pytest.raises(SystemExit) as raised:
        model(max_epochs=10).fit(*rows)
    assert raised.value.code == 128 + signal.SIGTERM


def test_what_a_callback_raises_comes_through(rows):
    def fail(*_):
        raise ConnectionError("store down")

    with learning.session(on_epoch=fail), pytest.raises(ConnectionError, match="store down"):
        model().fit(*rows)


def test_cudnn_repeats_itself_and_stays_switched_on():
    """Without it convolutions on a GPU take ten times as long."""
    before = torch.backends.cudnn.enabled
    with isolated(1):
        assert torch.backends.cudnn.enabled == before
        assert torch.backends.cudnn.deterministic
        assert not torch.backends.cudnn.benchmark
    assert torch.backends.cudnn.enabled == before
