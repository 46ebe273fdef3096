import errno
from pathlib import Path

import numpy as np
import pytest
import torch

from caselab.errors import UserError
from caselab.learning.lightning import checkpoints

STATE = {"epoch": 3, "weights": {"w": torch.arange(4.0)}, "history": [{"train_loss": 0.5}]}


def test_what_was_written_is_read(tmp_path):
    path = tmp_path / "deep" / "a.ckpt"
    checkpoints.write(STATE, path)
    found = checkpoints.read(path)
    torch.testing.assert_close(found["weights"], STATE["weights"], rtol=0, atol=0)
    assert found["history"] == STATE["history"]
    assert [file.name for file in path.parent.iterdir()] == ["a.ckpt"]


def damage(content):
    middle = len(content) // 2
    yield "empty", b""
    yield "truncated", content[:-1]
    yield "half", content[:middle]
    yield "one bit", content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    yield "random", bytes(range(256)) * 10


def test_a_damaged_checkpoint_is_none_at_all(tmp_path):
    path = tmp_path / "a.ckpt"
    checkpoints.write(STATE, path)
    for kind, content in damage(path.read_bytes()):
        path.write_bytes(content)
        assert checkpoints.read(path) is None, kind
    assert checkpoints.read(tmp_path / "missing.ckpt") is None


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    path = tmp_path / "a.ckpt"
    checkpoints.write({"epoch": 1}, path)

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    with pytest.raises(UserError, match=r"a\.ckpt cannot be written: No space left"):
        checkpoints.write({"epoch": 2}, path)
    assert checkpoints.read(path) == {"epoch": 1}
    assert list(tmp_path.iterdir()) == [path]


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_nothing_in_a_checkpoint_is_run(tmp_path):
    checkpoints.write({"state": Touch(tmp_path / "made")}, tmp_path / "a.ckpt")
    assert checkpoints.read(tmp_path / "a.ckpt") is None
    assert not (tmp_path / "made").exists()


def test_each_fit_has_a_file_name_of_its_own():
    X, y = np.zeros((4, 2), dtype=np.float32), np.arange(4)
    names = {
        checkpoints.file_name("settings", X, y),
        checkpoints.file_name("other settings", X, y),
        checkpoints.file_name("settings", X + 1, y),
        checkpoints.file_name("settings", X, y[::-1]),
        checkpoints.file_name("settings", X.reshape(2, 4), y),
        checkpoints.file_name("settings", X.astype(np.float64), y),
    }
    assert len(names) == 6
    assert checkpoints.file_name("settings", X.copy(), y.copy()) in names
