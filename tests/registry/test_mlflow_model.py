"""Registered models that plain MLflow loads: each is its own, whatever else is in the process."""

import gc
import itertools
import os
import signal
import sys
from pathlib import Path

import mlflow.pyfunc
import pandas as pd
import psutil
import pytest
from mlflow.exceptions import MlflowException

import caselab
from tests.registry.packed import pack

RECORDS = pd.DataFrame({"a": [1, 2], "b": [10, 20]})


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    """Three models whose modules have the same names."""
    names = ("churn 1", "churn 2", "prices 1")
    return {name: pack(tmp_path_factory.mktemp("packed"), name).parent for name in names}


def load(folder: Path) -> mlflow.pyfunc.PyFuncModel:
    return mlflow.pyfunc.load_model(str(folder), suppress_warnings=True)


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))][::3])
def test_several_in_one_process_answer_by_their_own_code(folders, order):
    """The project's own caselab is imported here already."""
    names = [list(folders)[place] for place in order]
    before = [*sys.path], {name: id(module) for name, module in sys.modules.items()}
    models = {name: load(folders[name]) for name in names}
    for name in [*names, *reversed(names)]:
        answers = models[name].predict(RECORDS)
        assert list(answers["who"]) == [name, name]
        assert list(answers["sum"]) == [11, 22]
    assert sys.path == before[0]
    now = {name: id(module) for name, module in sys.modules.items() if name in before[1]}
    assert now == before[1]
    assert Path(caselab.__file__).parents[1].name == "src"


def test_nothing_is_written_among_its_files(folders):
    folder = folders["churn 1"]

    def files() -> set[Path]:
        of_mlflow = folder / "__pycache__"  # which it makes when it loads any model
        return {*folder.rglob("*")} - {of_mlflow, *of_mlflow.rglob("*")}

    before = files()
    load(folder).predict(RECORDS)
    assert files() == before


def test_its_process_ends_with_it(folders):
    model = load(folders["churn 1"])
    pid = int(model.predict(RECORDS)["pid"][0])
    assert pid != os.getpid()
    assert psutil.pid_exists(pid)
    del model
    gc.collect()
    assert not psutil.pid_exists(pid)


def test_it_answers_again_where_its_process_was_killed(folders):
    model = load(folders["churn 1"])
    pid = int(model.predict(RECORDS)["pid"][0])
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)], timeout=5) if psutil.pid_exists(pid) else None
    answers = model.predict(RECORDS)
    assert list(answers["who"]) == ["churn 1"] * 2
    assert int(answers["pid"][0]) != pid


def test_a_fork_of_the_process_asks_one_of_its_own(folders, tmp_path):
    """As a web server's workers do that loaded the model before they were forked."""
    model = load(folders["churn 1"])
    ours = int(model.predict(RECORDS)["pid"][0])
    if (child := os.fork()) == 0:
        try:
            (tmp_path / "theirs").write_text(str(model.predict(RECORDS)["pid"][0]))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert (tmp_path / "theirs").read_text() not in {"", str(ours)}
    assert int(model.predict(RECORDS)["pid"][0]) == ours


def test_records_that_it_refuses_are_the_users_error_in_one_sentence(tmp_path):
    folder = pack(tmp_path, "a", predict="raise UserError('There is no column.')").parent
    with pytest.raises(MlflowException, match=r"^There is no column\.$") as raised:
        load(folder).predict(RECORDS)
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"
