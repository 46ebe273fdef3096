import errno
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from caselab.errors import UserError
from caselab.storage import files


def write_half(path, error):
    with files.replacing(path) as part:
        part.write_text("half")
        raise error


def test_a_body_that_raises_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "scores.json"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        write_half(path, RuntimeError())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_whole(tmp_path):
    folder = tmp_path / "deep" / "model"
    for name in ("old", "new"):
        with files.replacing(folder) as part:
            part.mkdir()
            (part / name).write_text(name)
    assert [file.name for file in folder.iterdir()] == ["new"]
    assert list(folder.parent.iterdir()) == [folder]


def test_a_folder_stays_when_its_successor_cannot_move_in(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "old").write_text("old")
    with pytest.raises(FileNotFoundError), files.replacing(folder):
        pass  # nothing was written
    assert (folder / "old").read_text() == "old"
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    ("code", "mend"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "permission is denied")]
)
def test_a_full_or_forbidden_disk_is_the_users_to_mend(tmp_path, code, mend):
    path = tmp_path / "scores.json"
    path.write_text("old")
    with pytest.raises(UserError, match=mend) as caught:
        write_half(path, OSError(code, os.strerror(code)))
    assert str(path) in str(caught.value)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_other_errors_of_the_system_are_ours(tmp_path):
    with pytest.raises(IsADirectoryError):
        write_half(tmp_path / "file", IsADirectoryError(errno.EISDIR, "Is a directory"))


ON_A_SMALL_DISK = """
import subprocess, sys
from pathlib import Path
import numpy as np
from caselab.errors import UserError
from caselab.storage import files

disk = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "caselab-test", disk], check=True)
path = disk / "array.npy"
with files.replacing(path) as part:
    np.save(part, np.zeros(10))
for write in (
    lambda part: np.save(part, np.zeros(1_000_000)),  # numpy's error has no number
    lambda part: part.write_bytes(bytes(2 << 20)),
):
    try:
        with files.replacing(path) as part:
            write(part)
    except UserError as error:
        print(error)
assert np.load(path).shape == (10,)
assert list(disk.iterdir()) == [path]
"""
ALONE = ["unshare", "--mount", "--map-root-user"]
"""Runs a program in a mount namespace of its own: what it mounts nobody else sees, and it is gone
when the program ends."""


def test_a_disk_that_really_is_full(tmp_path):
    try:
        subprocess.run([*ALONE, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine gives no mount namespaces")
    script = [*ALONE, sys.executable, "-c", ON_A_SMALL_DISK, str(tmp_path)]
    found = subprocess.run(script, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert found.stdout.count("the disk is full; free some space") == 2
    assert not list(tmp_path.iterdir())


def test_json_is_sorted_exact_and_ends_its_last_line(tmp_path):
    path = tmp_path / "scores.json"
    third = np.float64(1 / 3)
    files.write_json(path, {"b": third, "a": np.arange(2), "path": path.relative_to(tmp_path)})
    text = path.read_text()
    assert list(json.loads(text)) == ["a", "b", "path"]
    assert json.loads(text)["b"] == third
    assert json.loads(text)["a"] == [0, 1]
    assert text.endswith("}\n")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_cannot_hold_is_refused(tmp_path, number):
    with pytest.raises(ValueError, match="JSON compliant"):
        files.write_json(tmp_path / "scores.json", {"score": number})
    assert not list(tmp_path.iterdir())
