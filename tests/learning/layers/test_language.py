"""Networks that say how a text goes on."""

import pytest
import torch
from torch import nn

from caselab.learning.layers.language import RecurrentLanguage, TransformerLanguage

N_IDS = 11
SMALL = {"n_ids": N_IDS, "hidden": 8, "layers": 2, "dropout": 0.3}
MADE = {
    "rnn": lambda: RecurrentLanguage((), N_IDS, nn.ReLU, embedding_dim=6, cell="rnn", **SMALL),
    "gru": lambda: RecurrentLanguage((), N_IDS, nn.ReLU, embedding_dim=6, cell="gru", **SMALL),
    "lstm": lambda: RecurrentLanguage((), N_IDS, nn.ReLU, embedding_dim=6, cell="lstm", **SMALL),
    "transformer": lambda: TransformerLanguage((), N_IDS, nn.ReLU, width=8, n_heads=2, **SMALL),
}


@pytest.fixture(params=MADE)
def network(request):
    torch.manual_seed(0)
    return MADE[request.param]().eval()


@pytest.fixture
def ids():
    return torch.randint(4, N_IDS, (3, 7), generator=torch.Generator().manual_seed(1))


def test_what_is_kept_between_steps_says_what_reading_anew_says(network, ids):
    whole = network(ids)
    state = network.begin(ids)
    for place in range(ids.shape[1]):
        said, state = network.step(state, ids[:, place])
        torch.testing.assert_close(said, whole[:, place], rtol=1e-4, atol=1e-5)


def test_what_comes_later_moves_nothing_before(network, ids):
    other = ids.clone()
    other[:, 4] = (other[:, 4] - 3) % (N_IDS - 4) + 4
    before, after = network(ids), network(other)
    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert (before[:, 4:] - after[:, 4:]).abs().amax() > 1e-3


def test_padding_at_the_end_moves_nothing(network, ids):
    padded = torch.cat([ids, torch.zeros(3, 4, dtype=torch.int64)], 1)
    torch.testing.assert_close(network(padded)[:, :7], network(ids))
