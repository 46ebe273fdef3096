"""Recurrent layers: their equations, padding, directions, and what long sequences do to gradients."""

import numpy as np
import pytest
import torch

from caselab.learning.layers.recurrent import Recurrent

CELLS = ["rnn", "gru", "lstm"]
every_cell = pytest.mark.parametrize("cell", CELLS)


def build(cell, seed=0, **options):
    torch.manual_seed(seed)
    return Recurrent(3, 5, cell=cell, **options).double()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def transcribed(cell, weights, x, suffix=""):
    """Return the hidden states (time, hidden) by the equations of the papers, step by step."""
    W, U = weights[f"weight_ih_l{suffix}"], weights[f"weight_hh_l{suffix}"]
    b, c = weights[f"bias_ih_l{suffix}"], weights[f"bias_hh_l{suffix}"]
    h = memory = np.zeros(U.shape[1])
    states = []
    for row in x:
        of_input, of_state = W @ row + b, U @ h + c
        if cell == "rnn":
            h = np.tanh(of_input + of_state)
        elif cell == "gru":
            (r, z, n), (r_h, z_h, n_h) = np.split(of_input, 3), np.split(of_state, 3)
            z = sigmoid(z + z_h)
            h = (1 - z) * np.tanh(n + sigmoid(r + r_h) * n_h) + z * h
        else:
            i, f, g, o = np.split(of_input + of_state, 4)
            memory = sigmoid(f) * memory + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(memory)
        states.append(h)
    return np.array(states)


@every_cell
def test_states_are_those_of_the_equations(cell):
    network = build(cell, layers=2, bidirectional=True)
    weights = {name: w.detach().numpy() for name, w in network.cells.named_parameters()}
    x = torch.randn(7, 3, dtype=torch.float64)
    states = x.numpy()
    for layer in range(2):
        forward = transcribed(cell, weights, states, f"{layer}")
        backward = transcribed(cell, weights, states[::-1], f"{layer}_reverse")
        states = np.concatenate([forward, backward[::-1]], axis=1)
    with torch.no_grad():
        outputs, state = network(x[None])
    np.testing.assert_allclose(outputs[0], states, rtol=1e-9)
    np.testing.assert_allclose(
        network.last(state)[0], np.concatenate([forward[-1], backward[-1]]), rtol=1e-9
    )


@every_cell
@pytest.mark.parametrize("bidirectional", [False, True])
def test_padding_and_batch_mates_change_nothing(cell, bidirectional):
    network = build(cell, layers=2, bidirectional=bidirectional)
    x, lengths = torch.randn(4, 6, 3, dtype=torch.float64), torch.tensor([6, 2, 4, 0])
    with torch.no_grad():
        outputs, state = network(x, lengths)
        for row, length in enumerate(lengths.clamp(min=1).tolist()):
            alone, own = network(x[row : row + 1, :length])
            torch.testing.assert_close(outputs[row, :length], alone[0])
            assert not outputs[row, length:].any()
            torch.testing.assert_close(network.last(state)[row], network.last(own)[0])


@every_cell
def test_a_sequence_read_in_two_parts_is_read_as_one(cell):
    network = build(cell, layers=2)
    x = torch.randn(2, 6, 3, dtype=torch.float64)
    whole, end = network(x)
    first, state = network(x[:, :2])
    second, state = network(x[:, 2:], state=state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)
    torch.testing.assert_close(state, end)


@every_cell
def test_a_decoder_of_one_direction_starts_from_both(cell):
    network = build(cell, layers=2, bidirectional=True)
    _, state = network(torch.randn(4, 6, 3, dtype=torch.float64))
    joined = network.joined(state)
    hidden = joined[0] if cell == "lstm" else joined
    assert hidden.shape == (2, 4, network.n_outputs)
    assert torch.equal(hidden[-1], network.last(state))
    decoder = Recurrent(3, network.n_outputs, cell=cell, layers=2).double()
    decoder(torch.randn(4, 1, 3, dtype=torch.float64), state=joined)


def faded(cell, **options):
    """Return how much less the last state depends on the first of 100 places than on the last."""
    torch.manual_seed(0)
    network = Recurrent(8, 32, cell=cell, **options)
    x = torch.randn(16, 100, 8, requires_grad=True)
    _, state = network(x)
    network.last(state).square().sum().backward()
    norms = x.grad.norm(dim=(0, 2))
    return float(norms[0] / norms[-1])


def test_the_gradient_of_a_plain_network_vanishes_in_100_steps_and_that_of_a_memory_cell_does_not():
    assert faded("rnn") < 1e-12
    assert faded("lstm", forget_bias=5.0) > 0.1
    assert faded("gru", forget_bias=5.0) > 0.1
    assert faded("lstm") < 1e-6  # with gates half open


def test_only_gates_that_keep_the_state_are_opened():
    plain, opened = build("lstm"), build("lstm", forget_bias=2.0)
    for name, weights in plain.cells.named_parameters():
        added = (opened.cells.get_parameter(name) - weights).unflatten(0, (4, 5))
        expected = torch.zeros_like(added)
        if name == "bias_ih_l0":
            expected[1] = 2.0
        torch.testing.assert_close(added, expected)
