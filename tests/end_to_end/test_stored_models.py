"""Models that other processes fitted and stored: equal bytes, and equal answers here."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from caselab import problems
from caselab.storage import models
from tests import toys
from tests.architectures.every import entries

ROOT = Path(__file__).parents[2]
every_entry = pytest.mark.parametrize("entry", entries(), ids=str)


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory):
    """Folders of models that two fresh processes left, whose hashes are salted differently."""
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.end_to_end.fit_and_save", folder],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": salt, "CUDA_VISIBLE_DEVICES": ""},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for folder, salt in zip(folders, ("1", "2"), strict=True)
    ]
    for process in started:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
    return folders


@pytest.fixture
def folders(two_processes, entry):
    """The two folders of one entry."""
    found = [folder / str(entry) for folder in two_processes]
    if not any(folder.exists() for folder in found):
        pytest.skip(f"{entry} is a network that takes other rows; see `Entry.fit`")
    return found


@every_entry
def test_two_processes_write_equal_bytes(folders, entry):
    one, two = (
        {file.name: file.read_bytes() for file in (folder / "model").iterdir()}
        for folder in folders
    )
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


@every_entry
def test_another_process_loads_it_and_gives_the_same_answers(folders, entry):
    folder = folders[0]
    asked = toys.rows(entry.problem, entry.view).asked
    found = problems.load(entry.problem).answer(models.load(folder / "model"), asked)
    expected = pd.read_pickle(folder / "answers.pickle")
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
