"""A fit that was killed goes on to the very weights of one that was not."""

import multiprocessing
import signal
import subprocess
import sys
from multiprocessing import forkserver
from pathlib import Path

import pytest

from caselab import learning
from caselab.learning.lightning import checkpoints
from tests.learning import fit_in_process
from tests.learning.fit_in_process import SETTINGS, data, model


@pytest.fixture(scope="module")
def start():
    """Start a fit in a process forked from a server, as stages are; return it.

    The server is these tests' own: the one that other tests have started imports no networks.
    """
    server = forkserver.ForkServer()
    server.set_forkserver_preload(["pytorch_lightning", fit_in_process.__name__])

    def start(*arguments):
        process = multiprocessing.get_context("forkserver").Process(
            target=fit_in_process.fit, args=arguments
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(forkserver, "connect_to_new_process", server.connect_to_new_process)
            process.start()
        return process

    yield start
    server._stop()


@pytest.fixture
def run(start):
    def run(*arguments):
        process = start(*arguments)
        process.join(120)
        return process.exitcode

    return run


@pytest.mark.parametrize("name", SETTINGS)
def test_killed_twice_it_ends_where_an_undisturbed_one_does(name, run, tmp_path):
    assert run(name, tmp_path / "undisturbed") == 0
    folder = tmp_path / "checkpoints"
    for epoch in (1, 3, 6):
        assert run(name, tmp_path / "killed", folder, epoch) == -signal.SIGKILL
    assert run(name, tmp_path / "killed", folder) == 0
    assert (tmp_path / "killed").read_bytes() == (tmp_path / "undisturbed").read_bytes()


def test_killed_at_any_moment(start, run, tmp_path):
    fit = ("adamw-no-validation", tmp_path / "killed", tmp_path / "checkpoints", None, 40)
    assert run("adamw-no-validation", tmp_path / "undisturbed", None, None, 40) == 0
    lifetime, kills = 0.1, 0
    while True:
        process = start(*fit)
        process.join(lifetime)
        if process.exitcode is not None:
            break
        process.kill()
        process.join()
        lifetime *= 1.5
        kills += 1
    assert process.exitcode == 0
    assert kills > 0
    assert (tmp_path / "killed").read_bytes() == (tmp_path / "undisturbed").read_bytes()


def test_a_fresh_process_a_forked_one_and_this_one_agree_to_the_bit(run, tmp_path):
    assert run("adam-plateau", tmp_path / "forked") == 0
    program = [sys.executable, "-m", fit_in_process.__name__]
    subprocess.run([*program, "adam-plateau", tmp_path / "fresh"], check=True)
    fit_in_process.fit("adam-plateau", tmp_path / "here")
    assert (tmp_path / "fresh").read_bytes() == (tmp_path / "forked").read_bytes()
    assert (tmp_path / "fresh").read_bytes() == (tmp_path / "here").read_bytes()


def fit(folder, **settings):
    """Fit in a session; return the fitted network and the epochs that it trained."""
    epochs = []
    with learning.session(folder, lambda epoch, _: epochs.append(epoch), every=0):
        return model("adam-plateau").set_params(**settings).fit(*data()), epochs


def same(one, other):
    weights = (fitted.weights_ for fitted in (one, other))
    ours, theirs = ({n: a.tobytes() for n, a in each.items()} for each in weights)
    return ours == theirs and one.history_ == other.history_


def test_a_complete_fit_is_restored_without_training(tmp_path):
    first, epochs = fit(tmp_path)
    assert epochs == list(range(1, len(epochs) + 1))
    again, epochs = fit(tmp_path)
    assert epochs == []
    assert same(first, again)
    assert again.best_epoch_ == first.best_epoch_
    assert (again.predict_proba(data()[0]) == first.predict_proba(data()[0])).all()


@pytest.mark.parametrize("settings", [{}, {"training__max_epochs": 3}])
def test_killed_after_the_last_epoch_it_trains_no_further(settings, tmp_path, monkeypatch):
    def write(state, path, write=checkpoints.write):
        if "fit" not in state:
            write(state, path)

    monkeypatch.setattr(checkpoints, "write", write)
    first, _ = fit(tmp_path, **settings)
    again, epochs = fit(tmp_path, **settings)
    assert epochs == [epoch["epoch"] for epoch in first.history_]  # told again, not trained
    assert same(first, again)


@pytest.mark.parametrize("keep", [0, 100, -1])
def test_a_damaged_checkpoint_means_starting_anew(tmp_path, keep):
    first, epochs = fit(tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:keep])
    again, epochs_again = fit(tmp_path)
    assert epochs_again == epochs
    assert same(first, again)


def test_fits_in_one_folder_do_not_meet(tmp_path):
    fit(tmp_path)
    for settings in (
        {"random_state": 2},
        {"training__learning_rate": 0.03},
        {"options__dropout": 0.1},
        {"class_weight": "balanced"},
    ):
        assert fit(tmp_path, **settings)[1][0] == 1
    with learning.session(tmp_path):
        X, y = data()
        other = model("adam-plateau").fit(X[:-1], y[:-1])
    assert not same(other, fit(tmp_path)[0])
    assert fit(tmp_path)[1] == []


def test_checkpoints_are_written_no_more_often_than_asked(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(checkpoints, "write", lambda state, _: written.append(state))
    with learning.session(tmp_path, every=3600):
        model("adam-plateau").fit(*data())
    assert ["fit" in state for state in written] == [True]


def test_without_a_session_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model("adam-plateau").fit(*data())
    assert not list(Path().iterdir())
