"""Attention: the equations, what may be looked at, and what is kept between steps."""

import numpy as np
import pytest
import torch

from caselab.errors import UserError
from caselab.learning.layers.attention import (
    AdditiveAttention,
    DotAttention,
    KeyValues,
    MultiHeadAttention,
    kept_places,
)

LENGTHS = torch.tensor([5, 2, 0])


def numbers(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def built(cls, *args, **options):
    torch.manual_seed(0)
    return cls(*args, **options).double().eval()


def weights(module):
    return {name: w.detach().numpy() for name, w in module.named_parameters()}


def softmax(scores):
    odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


def transcribed(w, x, source, allowed):
    """Return multi-head attention of two heads, by section 3.2 of its paper, row by row."""
    found = []
    for row, of_source, may in zip(x, source, allowed, strict=True):
        q = row @ w["query.weight"].T + w["query.bias"]
        k = of_source @ w["key.weight"].T + w["key.bias"]
        v = of_source @ w["value.weight"].T + w["value.bias"]
        heads = []
        for head in np.split(np.arange(q.shape[1]), 2):
            scores = q[:, head] @ k[:, head].T / np.sqrt(len(head))
            heads.append(softmax(np.where(may, scores, -np.inf)) @ v[:, head])
        found.append(np.concatenate(heads, axis=1) @ w["output.weight"].T + w["output.bias"])
    return np.array(found)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("padded", [False, True])
def test_multi_head_attention_is_that_of_its_equations(causal, padded):
    attention, x = built(MultiHeadAttention, 6, 2), numbers(3, 5, 6)
    keep = kept_places(LENGTHS, 5) if padded else None
    allowed = np.ones((3, 5, 5), dtype=bool)
    if padded:
        allowed &= keep.numpy()[:, None]
    if causal:
        allowed &= np.tril(np.ones((5, 5), dtype=bool))
    with torch.no_grad():
        found = attention(x, keep=keep, causal=causal)
    expected = transcribed(weights(attention), x.numpy(), x.numpy(), allowed)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_another_sequence_is_looked_at_as_by_the_equations():
    attention = built(MultiHeadAttention, 6, 2, source_width=4)
    x, source, keep = numbers(3, 2, 6), numbers(3, 5, 4), kept_places(LENGTHS, 5)
    with torch.no_grad():
        found = attention(x, attention.keys_values(source), keep=keep)
    allowed = np.broadcast_to(keep.numpy()[:, None], (3, 2, 5))
    expected = transcribed(weights(attention), x.numpy(), source.numpy(), allowed)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_the_causal_mask_lets_no_future_in():
    attention, x = built(MultiHeadAttention, 6, 2), numbers(1, 5, 6)
    later = x.clone()
    later[0, 3] += 1
    for keep in (None, torch.ones(1, 5, dtype=torch.bool)):
        with torch.no_grad():
            before, after = (attention(each, keep=keep, causal=True) for each in (x, later))
        assert torch.equal(before[:, :3], after[:, :3])
        assert not torch.isclose(before[:, 3:], after[:, 3:]).any()


@pytest.mark.parametrize("steps", [(1, 1, 1, 1, 1), (2, 3), (4, 1)])
@pytest.mark.parametrize("padded", [False, True])
def test_what_is_kept_between_steps_stands_for_what_was_read(steps, padded):
    attention, x = built(MultiHeadAttention, 6, 2), numbers(3, 5, 6)
    keep = None
    if padded:  # amid what was read, the start but for the first of all
        keep = torch.ones(3, 5, dtype=torch.bool)
        keep[2, 1] = False
    with torch.no_grad():
        whole = attention(x, keep=keep, causal=True)
        past, found, start = None, [], 0
        for n_places in steps:
            step = x[:, start : start + n_places]
            start += n_places
            own = attention.keys_values(step)
            past = own if past is None else past.followed_by(own)
            so_far = None if keep is None else keep[:, :start]
            found.append(attention(step, past, keep=so_far, causal=True))
    torch.testing.assert_close(torch.cat(found, 1), whole)


def test_rows_of_what_is_kept_are_taken_in_order():
    kept = KeyValues(numbers(3, 2, 4, 3), numbers(3, 2, 4, 3)).take(torch.tensor([2, 0, 2]))
    assert kept.keys.shape == kept.values.shape == (3, 2, 4, 3)
    assert torch.equal(kept.keys[0], kept.keys[2])
    assert not torch.equal(kept.values[0], kept.values[1])


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(UserError, match=r"4 heads do not divide a width of 6; .* 1, 2, 3\."):
        MultiHeadAttention(6, 4)


def test_weights_are_left_out_in_training_alone():
    attention, x = built(MultiHeadAttention, 6, 2, dropout=0.5), numbers(3, 5, 6)
    assert torch.equal(attention(x), attention(x))
    attention.train()
    assert not torch.equal(attention(x), attention(x))


def additive(w, query, source):
    scores = np.array(
        [
            [
                w["score.weight"][0]
                @ np.tanh(w["query.weight"] @ q + w["key.weight"] @ s + w["key.bias"])
                for s in source
            ]
            for q in query
        ]
    )
    return softmax(scores)


def general(w, query, source):
    return softmax(query @ w["key.weight"] @ source.T)


def plain(w, query, source):
    return softmax(query @ source.T)


@pytest.mark.parametrize(
    ("attention", "expected"),
    [
        pytest.param(built(AdditiveAttention, 4, 6, 5), additive, id="additive"),
        pytest.param(built(DotAttention, 4, 6), general, id="general"),
        pytest.param(built(DotAttention, 6, 6, general=False), plain, id="dot"),
    ],
)
def test_the_attention_of_recurrent_decoders_is_that_of_its_equations(attention, expected):
    query_dim = 6 if expected is plain else 4
    query, source = numbers(3, 2, query_dim), numbers(3, 5, 6)
    with torch.no_grad():
        found, drawn = attention(query, attention.keys(source), source, kept_places(LENGTHS, 5))
    assert drawn.shape == (3, 2, 5)
    for row, length in enumerate((5, 2, 1)):
        read = source[row, :length].numpy()
        weight = expected(weights(attention), query[row].numpy(), read)
        np.testing.assert_allclose(drawn[row, :, :length], weight, rtol=1e-9)
        assert not drawn[row, :, length:].any()
        np.testing.assert_allclose(found[row], weight @ read, rtol=1e-9)


def test_a_plain_product_of_unequal_sizes_is_refused():
    with pytest.raises(ValueError, match="equal sizes, not 4 and 6"):
        DotAttention(4, 6, general=False)
