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


def test_rows_at_once_shrink_with_the_row():
    assert batches.rows_at_once((64,)) == 4096
    assert batches.rows_at_once((1024, 1024, 3)) == 1
