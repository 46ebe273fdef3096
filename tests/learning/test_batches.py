import numpy as np
import pytest
import torch

from caselab.learning import batches


@pytest.mark.parametrize("n_rows", [1, 127, 128, 129, 1000])
def test_batches_hold_every_row_once_and_are_about_equally_large(n_rows):
    rows = torch.randperm(n_rows)
    found = batches.split(rows, 128)
    sizes = [len(batch) for batch in found]
    assert torch.equal(torch.cat(found), rows)
    assert max(sizes) <= 128
    assert max(sizes) - min(sizes) <= 1
    assert len(sizes) == -(-n_rows // 128)


def test_slices_cover_everything_once():
    loader = batches.Slices(10, 4)
    assert [list(range(10))[part] for part in loader] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert len(loader) == 3


def test_rows_at_once_shrink_with_the_row_but_not_below_a_batch():
    assert batches.rows_at_once((64,), 128, None) == 4096
    assert batches.rows_at_once((1024, 1024, 3), 128, None) == 128


def test_a_network_that_makes_much_of_each_number_is_given_fewer_rows():
    class Wide:
        numbers_at_once = 2**14

    assert batches.rows_at_once((64,), 128, Wide()) == 256


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.int64])
def test_rows_are_the_same_whole_on_the_device_and_streamed_to_it(dtype):
    array = np.random.default_rng(0).integers(0, 200, (60, 3, 4)).astype(dtype)
    positions = np.arange(0, 60, 2)
    rows = batches.Streamed(array, positions, np.float32)
    assert rows.nbytes == 30 * 12 * 4
    whole, streamed = (rows.on(batches.CPU, room) for room in (rows.nbytes, rows.nbytes - 1))
    assert isinstance(whole, batches.Whole)
    assert isinstance(streamed, batches.Streamed)
    assert len(whole) == len(streamed) == 30
    for chosen in (slice(4, 9), torch.tensor([7, 0, 29])):
        one, other = whole.take(chosen), streamed.take(chosen)
        assert one.dtype == other.dtype == torch.float32
        assert torch.equal(one, other)
        np.testing.assert_array_equal(one, array[positions][chosen])


def test_sequences_are_padded_to_the_longest_of_their_batch():
    ids = [np.array(each) for each in ([5, 6, 7], [8], [9, 9], [])]
    sequences = batches.Sequences(ids, padding=-1)
    assert sequences.take(torch.tensor([1, 2])).tolist() == [[8, -1], [9, 9]]
    assert sequences.take(slice(0, 4)).shape == (4, 3)
    assert sequences.pick(np.array([2, 0])).take(slice(0, 2)).tolist() == [[9, 9, -1], [5, 6, 7]]


@pytest.mark.parametrize("room", [0, 10**6], ids=["streamed", "whole"])
def test_texts_are_as_long_as_their_ids_without_padding(room):
    ids = np.array([[5, 6, 7], [8, 0, 0], [0, 0, 0], [9, 9, 0]])
    texts = batches.Streamed(ids, np.array([3, 0, 1]), np.int64).on(batches.CPU, room)
    assert batches.lengths(texts, True).tolist() == [2, 3, 1]
    assert batches.lengths(texts, None) is None
    assert batches.lengths(texts, False) is None


def test_sequences_are_grouped_unless_told_otherwise():
    sequences = batches.Sequences([np.arange(3), np.arange(1)], padding=0)
    assert batches.lengths(sequences, None).tolist() == [3, 1]
    assert batches.lengths(sequences, True).tolist() == [3, 1]
    assert batches.lengths(sequences, False) is None


def test_batches_by_length_hold_every_row_once_and_little_padding():
    lengths = np.random.default_rng(0).integers(1, 100, 4000)
    rows = torch.randperm(4000)
    found = batches.split_by_length(rows, lengths, 32)
    assert sorted(torch.cat(found).tolist()) == list(range(4000))
    assert max(map(len, found)) <= 32

    def padding(parts):
        return sum(int(lengths[part].max()) * len(part) for part in parts) / lengths.sum() - 1

    assert padding(found) < 0.1 < padding(batches.split(rows, 32))
    spread = [lengths[part].mean() for part in found[:20]]
    assert max(spread) - min(spread) > 30  # batches themselves come in no order of length


@pytest.mark.parametrize("n", [1, 64, 4000, 8192, 16384])
@pytest.mark.parametrize("by_length", [False, True])
def test_as_many_batches_are_foreseen_as_there_are(n, by_length):
    rows = torch.randperm(n)
    found = batches.split_by_length(rows, np.ones(n), 64) if by_length else batches.split(rows, 64)
    assert batches.n_batches(n, 64, by_length=by_length) == len(found)
