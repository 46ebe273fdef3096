"""Transformers: torch's own layers as a witness, places, padding, and decoding step by step."""

import numpy as np
import pytest
import torch
from torch import nn

from caselab.learning.layers.attention import kept_places
from caselab.learning.layers.transformer import (
    Decoder,
    Encoder,
    LearnedPositions,
    SinusoidalPositions,
)

SIZES = (6, 2, 10, nn.GELU)  # width, heads, units, activation
TOKENS = torch.tensor([5, 2, 0])


def numbers(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def built(cls, *args, **options):
    torch.manual_seed(0)
    return cls(*args, **options).double().eval()


def as_torch_s(attention, name):
    """Return our attention's weights by the names of torch's module."""
    parts = (attention.query, attention.key, attention.value)
    return {
        f"{name}.in_proj_weight": torch.cat([part.weight for part in parts]),
        f"{name}.in_proj_bias": torch.cat([part.bias for part in parts]),
        f"{name}.out_proj.weight": attention.output.weight,
        f"{name}.out_proj.bias": attention.output.bias,
    }


def witness(cls, layer, norms):
    """Return torch's layer with our layer's weights."""
    theirs = cls(6, 2, 10, 0.0, "gelu", batch_first=True, norm_first=layer.norm_first).double()
    state = as_torch_s(layer.attention, "self_attn")
    if cls is nn.TransformerDecoderLayer:
        state |= as_torch_s(layer.source_attention, "multihead_attn")
    for place, norm in enumerate(norms, start=1):
        state |= {f"norm{place}.weight": norm.weight, f"norm{place}.bias": norm.bias}
    for name, part in (("linear1", layer.dense[0]), ("linear2", layer.dense[3])):
        state |= {f"{name}.weight": part.weight, f"{name}.bias": part.bias}
    theirs.load_state_dict(state)
    return theirs.eval()


@pytest.fixture(autouse=True)
def _uneven_norms(monkeypatch):
    """Have norms scale and shift, so that one in the wrong place would be seen."""

    def reset(self):
        nn.init.normal_(self.weight)
        nn.init.normal_(self.bias)

    monkeypatch.setattr(nn.LayerNorm, "reset_parameters", reset)


@pytest.mark.parametrize("norm_first", [True, False])
def test_an_encoder_s_layer_is_torch_s(norm_first):
    layer = built(Encoder, 1, *SIZES, norm_first=norm_first).layers[0]
    theirs = witness(nn.TransformerEncoderLayer, layer, (layer.attention_norm, layer.dense_norm))
    x, keep = numbers(3, 5, 6), kept_places(TOKENS, 5)
    with torch.no_grad():
        found = layer(x, keep)
        with torch.enable_grad():  # else torch takes a shortcut that leaves padding out
            expected = theirs(x, src_key_padding_mask=~keep).detach()
    torch.testing.assert_close(found[keep], expected[keep])


@pytest.mark.parametrize("norm_first", [True, False])
def test_a_decoder_s_layer_is_torch_s(norm_first):
    layer = built(Decoder, 1, *SIZES, norm_first=norm_first, source_width=6).layers[0]
    norms = (layer.attention_norm, layer.source_norm, layer.dense_norm)
    theirs = witness(nn.TransformerDecoderLayer, layer, norms)
    x, source, keep = numbers(3, 4, 6), numbers(3, 5, 6), kept_places(TOKENS, 5)
    future = torch.ones(4, 4, dtype=torch.bool).triu(1)
    with torch.no_grad():
        found, _ = layer(x, source, source_keep=keep)
        expected = theirs(x, source, tgt_mask=future, memory_key_padding_mask=~keep)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("norm_first", [True, False])
def test_padding_and_batch_mates_change_nothing(norm_first):
    encoder = built(Encoder, 2, *SIZES, norm_first=norm_first)
    x = numbers(3, 5, 6)
    with torch.no_grad():
        found = encoder(x, kept_places(TOKENS, 5))
        for row, length in enumerate((5, 2, 1)):
            alone = encoder(x[row : row + 1, :length])
            torch.testing.assert_close(found[row, :length], alone[0])
    assert found.isfinite().all()


@pytest.mark.parametrize("source_width", [None, 3])
def test_a_later_token_moves_no_earlier_output(source_width):
    decoder = built(Decoder, 2, *SIZES, source_width=source_width)
    source = None if source_width is None else numbers(1, 4, 3)
    x = numbers(1, 5, 6)
    later = x.clone()
    later[0, 3, 0] += 1
    with torch.no_grad():
        before, after = (decoder(each, source)[0] for each in (x, later))
    assert torch.equal(before[:, :3], after[:, :3])
    assert not torch.isclose(before[:, 3:], after[:, 3:]).any()


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("source_width", [None, 3])
def test_decoding_step_by_step_is_reading_all_at_once(norm_first, source_width):
    decoder = built(Decoder, 2, *SIZES, norm_first=norm_first, source_width=source_width)
    source = None if source_width is None else numbers(3, 4, 3)
    keep = None if source_width is None else kept_places(torch.tensor([4, 1, 2]), 4)
    x = numbers(3, 5, 6)
    with torch.no_grad():
        whole, _ = decoder(x, source, source_keep=keep)
        past, found = None, []
        for place in (slice(0, 2), slice(2, 3), slice(3, 5)):
            step, past = decoder(x[:, place], source, past=past, source_keep=keep)
            found.append(step)
            past = [layer.take(torch.tensor([0, 1, 2])) for layer in past]
    torch.testing.assert_close(torch.cat(found, 1), whole)


def test_a_decoder_of_another_sequence_asks_for_one():
    with pytest.raises(ValueError, match="give `source` or `past`"):
        built(Decoder, 1, *SIZES, source_width=3)(numbers(1, 2, 6))


def test_waves_are_those_of_the_paper():
    found = SinusoidalPositions(6)(torch.zeros(1, 40, 6))[0]
    expected = np.zeros((40, 6))
    for place in range(40):
        for pair in range(3):
            angle = place / 10_000 ** (2 * pair / 6)
            expected[place, 2 * pair : 2 * pair + 2] = np.sin(angle), np.cos(angle)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_of_an_odd_width_the_last_wave_has_no_partner():
    found = SinusoidalPositions(7)(torch.zeros(1, 5, 7))[0]
    assert found.shape == (5, 7)
    np.testing.assert_allclose(found[:, 0], np.sin(np.arange(5)), atol=1e-6)
    np.testing.assert_allclose(found[:, 6], np.sin(np.arange(5) / 10_000 ** (6 / 7)), atol=1e-6)


@pytest.mark.parametrize(
    "positions", [SinusoidalPositions(6), LearnedPositions(6, 8)], ids=["sinusoidal", "learned"]
)
def test_places_are_counted_on_from_where_one_was(positions):
    x = torch.randn(2, 8, 6)
    with torch.no_grad():
        parts = [positions(x[:, :3]), positions(x[:, 3:], start=3)]
        torch.testing.assert_close(torch.cat(parts, 1), positions(x))
        assert not torch.allclose(positions(x), x)


def test_a_place_that_was_never_learned_is_refused():
    with pytest.raises(ValueError, match="has 9 places; positions are learned for 8"):
        LearnedPositions(6, 8)(torch.zeros(1, 4, 6), start=5)
