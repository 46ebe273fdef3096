"""Our BERT against that of transformers, and what it promises of padding."""

import pytest
import torch

from caselab.learning.backbones import minilm
from caselab.learning.layers import bert
from caselab.learning.pretrained import check_fit

SIZES = {"n_ids": 30, "n_places": 12, "width": 8, "n_layers": 2, "n_heads": 2, "hidden": 16}


@pytest.fixture
def network():
    torch.manual_seed(0)
    return bert.encoder(**SIZES, dropout=0.1, epsilon=1e-12).eval()


@pytest.fixture
def ids():
    rows = torch.zeros(3, 10, dtype=torch.long)
    for row, length in zip(rows, (9, 4, 1), strict=True):
        row[:length] = torch.randint(
            1, 31, (length,), generator=torch.Generator().manual_seed(length)
        )
    return rows


def test_it_answers_as_the_bert_of_transformers_with_the_same_weights(network, ids):
    transformers = pytest.importorskip("transformers", reason="pip install transformers")
    torch.manual_seed(1)
    theirs = transformers.BertModel(
        transformers.BertConfig(
            vocab_size=30,
            max_position_embeddings=12,
            hidden_size=8,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=16,
            layer_norm_eps=1e-12,
        )
    ).eval()
    with torch.no_grad():
        for weights in theirs.parameters():  # biases and norms are not to be 0 and 1
            weights += 0.2 * torch.randn_like(weights)
    weights = minilm.renamed(theirs.state_dict())
    check_fit(network, weights, "the BERT of transformers")
    network.load_state_dict(weights)
    kept = ids != 0
    with torch.no_grad():
        found = network(ids.float())
        expected = theirs((ids - 1).clamp(min=0), attention_mask=kept.long()).last_hidden_state
    torch.testing.assert_close(found[kept], expected[kept], rtol=1e-5, atol=1e-5)
    assert not found[~kept].any()


def test_padding_and_what_else_is_in_the_batch_change_no_answer(network, ids):
    network.append(bert.MeanOfSubwords())
    nothing = torch.zeros_like(ids[:1])
    with torch.no_grad():
        together = network(torch.cat([ids, nothing]))
        assert torch.equal(network(torch.nn.functional.pad(ids, (0, 2))), together[:3])
        for row, found in zip(ids, together, strict=False):
            alone = network(row[: int((row != 0).sum())].unsqueeze(0))[0]
            torch.testing.assert_close(alone, found)
    assert torch.equal(together[3], torch.zeros(8))


def test_no_gradient_comes_from_a_text_of_nothing(network, ids):
    network.train()
    states = network(torch.cat([ids[1:2], torch.zeros_like(ids[:1])]))
    states.square().sum().backward()
    assert all(torch.isfinite(weights.grad).all() for weights in network.parameters())


def test_each_subword_looks_at_all_others(network, ids):
    with torch.no_grad():
        before = network(ids[:1])
        ids[0, 8] = ids[0, 8] % 30 + 1
        after = network(ids[:1])
    changed = (before != after).any(2)[0]
    assert changed[:9].all()
    assert not changed[9:].any()
