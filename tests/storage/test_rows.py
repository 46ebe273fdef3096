import pickle

import numpy as np
import pytest

from caselab.storage.rows import BLOCK_BYTES, Rows

ARRAY = np.arange(240, dtype=np.uint8).reshape(20, 3, 4)


@pytest.mark.parametrize(
    "index", [3, -1, slice(2, 9), np.array([5, 0, 5]), np.arange(20) % 3 == 0, slice(0, 0)]
)
def test_an_index_gives_what_the_array_would(index):
    found = Rows(ARRAY)[index]
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, ARRAY[index])


def test_rows_of_rows_are_those_of_the_array():
    chosen, again = np.array([9, 3, 3, 17]), np.array([2, 0])
    rows = Rows(ARRAY).take(chosen).take(again)
    np.testing.assert_array_equal(np.asarray(rows), ARRAY[chosen][again])
    assert (rows.shape, rows.dtype, rows.ndim, len(rows)) == ((2, 3, 4), np.uint8, 3, 2)


def test_changes_happen_when_rows_are_taken():
    seen = []

    def halve(rows):
        seen.append(len(rows))
        return (rows / 2).astype(np.float32).reshape(len(rows), -1)

    rows = Rows(ARRAY).take(np.arange(10)).changed(halve)
    assert (rows.shape, rows.dtype, rows.nbytes) == ((10, 12), np.float32, 480)
    seen.clear()
    np.testing.assert_array_equal(rows[np.array([4, 2])], ARRAY[[4, 2]].reshape(2, 12) / 2)
    assert seen == [2]


def test_all_rows_are_read_in_blocks():
    wide = np.zeros((9, BLOCK_BYTES // 4), dtype=np.uint8)
    sizes = [(start, len(block)) for start, block in Rows(wide).blocks()]
    assert sizes == [(0, 4), (4, 4), (8, 1)]


def test_no_rows_have_a_shape_too():
    rows = Rows(ARRAY).take(np.arange(0)).changed(lambda rows: rows.reshape(len(rows), 12) / 2)
    assert np.asarray(rows).shape == rows.shape == (0, 12)


def test_there_is_no_view_of_them():
    with pytest.raises(ValueError, match="always a copy"):
        np.asarray(Rows(ARRAY), copy=False)


def test_another_process_opens_what_lies_on_disk_and_is_sent_the_rest(tmp_path):
    wide = np.arange(4_000_000, dtype=np.float64).reshape(2000, 2000)
    np.save(tmp_path / "X.npy", wide)
    on_disk = np.load(tmp_path / "X.npy", mmap_mode="r")
    rows = Rows(on_disk).take(np.array([5, 1]))
    sent = pickle.dumps(rows)
    assert len(sent) < 1000
    np.testing.assert_array_equal(np.asarray(pickle.loads(sent)), wide[[5, 1]])
    part = pickle.loads(pickle.dumps(Rows(on_disk[3:5])))
    np.testing.assert_array_equal(np.asarray(part), wide[3:5])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(Rows(ARRAY)))[4], ARRAY[4])
