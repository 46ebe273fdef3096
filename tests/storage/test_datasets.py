from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from caselab.errors import UserError
from caselab.storage import datasets
from caselab.storage.datasets import Dataset
from caselab.storage.rows import Rows


@pytest.fixture
def table():
    X = pd.DataFrame(
        {
            "months": [1, 2, 3, 4],
            "charges": [0.1, np.nan, 1e300, -0.0],
            "partner": [True, False, True, True],
            "contract": pd.Categorical(["a", "b", "a", None], categories=["b", "a"]),
            "lines": pd.array([1, None, 3, 4], dtype="Int64"),
            "service": ["DSL", None, "No", "DSL"],
        }
    )
    return Dataset(
        X=X,
        y=pd.Series(["Yes", "No", "No", "Yes"], name="target"),
        ids=pd.Series([10, 11, 12, 13], name="id"),
        fold=np.array([0, 1, 0, 1]),
        group=pd.Series(["g", "g", "h", "h"], name="group"),
        time=pd.Series(pd.date_range("2024-01-01", periods=4, tz="UTC"), name="time"),
        series=pd.Series(["north", "south", "north", "south"], name="series"),
    )


def assert_equal(one, other):
    assert_frame_equal(one.X, other.X)
    for name in ("y", "ids", "group", "time", "series"):
        assert_series_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.fold, other.fold)


def test_every_type_comes_back(table, tmp_path):
    datasets.write(table, tmp_path / "train")
    assert_equal(datasets.read(tmp_path / "train"), table)


def test_written_twice_the_bytes_are_equal(table, tmp_path):
    for name in ("one", "two"):
        datasets.write(table, tmp_path / name)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_rows_are_taken_by_position_and_by_mask_from_every_part(table):
    taken = table.take(np.array([3, 0]))
    assert taken.ids.tolist() == [13, 10]
    assert taken.X["months"].tolist() == [4, 1]
    assert taken.y.tolist() == ["Yes", "Yes"]
    assert taken.group.tolist() == ["h", "g"]
    assert taken.fold.tolist() == [1, 0]
    assert taken.X.index.tolist() == taken.y.index.tolist() == [0, 1]
    assert_equal(table.take(table.fold == 1), table.take(np.array([1, 3])))


def test_an_index_of_ones_own_does_not_shift_rows(table, tmp_path):
    shuffled = Dataset(
        X=table.X.set_axis([7, 5, 3, 1]),
        y=table.y.set_axis([1, 3, 5, 7]),
        ids=table.ids,
        fold=table.fold,
        group=table.group,
        time=table.time,
        series=table.series,
    )
    datasets.write(shuffled, tmp_path / "train")
    assert_equal(datasets.read(tmp_path / "train"), table)


def test_what_a_case_does_not_have_leaves_no_column(table, tmp_path):
    datasets.write(replace(table, group=None, time=None, series=None), tmp_path / "train")
    assert list(pd.read_parquet(tmp_path / "train" / "rows.parquet")) == ["id", "target", "fold"]


def test_an_array_stays_on_disk_and_comes_back_without_a_target(tmp_path):
    X = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    datasets.write(Dataset(X=X, y=None, ids=pd.Series(["a", "b"]), fold=None), tmp_path / "test")
    found = datasets.read(tmp_path / "test")
    assert isinstance(found.X, Rows)
    assert isinstance(found.X.source, np.memmap)
    assert isinstance(found.take(np.array([1])).X.source, np.memmap)
    np.testing.assert_array_equal(found.X, X)
    assert found.y is None
    assert found.fold is None
    assert found.take(np.array([1])).X.shape == (1, 3, 4)


def test_parts_are_joined_one_after_the_other(table):
    halves = [table.take(np.array([0, 1])), table.take(np.array([2, 3]))]
    whole = datasets.joined(halves)
    assert whole.fold is None
    assert_equal(replace(whole, fold=table.fold), table)
    pictures = [replace(each, X=each.X[["months"]].to_numpy()) for each in halves]
    np.testing.assert_array_equal(datasets.joined(pictures).X, table.X[["months"]])


def test_parts_of_different_lengths_are_no_dataset(table):
    with pytest.raises(ValueError, match="id has 2 rows, X has 4"):
        Dataset(X=table.X, y=None, ids=table.ids.head(2), fold=None)


def test_an_id_stands_once(table, tmp_path):
    with pytest.raises(ValueError, match="two rows have the id 10"):
        datasets.write(table.take(np.array([0, 1, 0])), tmp_path / "train")


def test_a_missing_folder_says_what_to_run(tmp_path):
    with pytest.raises(UserError, match=r"holds no dataset.*run the stage"):
        datasets.read(tmp_path / "train")


@pytest.mark.parametrize("file", ["X.parquet", "rows.parquet"])
@pytest.mark.parametrize("content", [b"", b"PAR1", bytes(range(256)) * 9])
def test_a_damaged_file_is_named(table, tmp_path, file, content):
    datasets.write(table, tmp_path / "train")
    (tmp_path / "train" / file).write_bytes(content)
    with pytest.raises(UserError, match="train is damaged"):
        datasets.read(tmp_path / "train")


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", bytes(range(256)) * 9])
def test_a_damaged_array_is_named(tmp_path, content):
    dataset = Dataset(X=np.zeros((2, 2)), y=None, ids=pd.Series([1, 2]), fold=None)
    datasets.write(dataset, tmp_path / "train")
    (tmp_path / "train" / "X.npy").write_bytes(content)
    with pytest.raises(UserError, match="train is damaged"):
        datasets.read(tmp_path / "train")
