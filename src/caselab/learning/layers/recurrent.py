"""Recurrent layers over sequences: plain, with gates, with memory cells; stacked, in both directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

CellName = Literal["rnn", "gru", "lstm"]
State = Tensor | tuple[Tensor, Tensor]
"""Hidden state (layers * directions, batch, hidden); of an LSTM with that of its memory cells."""

_layers: dict[CellName, Callable[..., nn.RNNBase]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class Recurrent(nn.Module):
    """Layers of recurrent cells that read sequences of any lengths.

    Sequences are packed: each is read to its own end, from either side, so padding and batch mates
    never change an answer.

    Args:
        n_inputs: numbers at each place.
        hidden: cells of each layer and direction.
        cell: `rnn`, whose state is a tanh of inputs and state before; `gru`; `lstm`.
        layers: one on the other.
        bidirectional: read from both ends, by as many cells each.
        dropout: share of what a layer hands to the next that is left out in training.
        forget_bias: is added to the bias of the gate that keeps the state, of `gru` and `lstm`; the
            greater, the longer what was read is kept from the start on.

    Source: Elman (1990), Finding structure in time; Cho et al. (2014), Learning phrase representations
    using RNN encoder-decoder (GRU); Hochreiter and Schmidhuber (1997), Long short-term memory;
    Jozefowicz, Zaremba and Sutskever (2015), An empirical exploration of recurrent network
    architectures (`forget_bias`).
    """

    def __init__(
        self,
        n_inputs: int,
        hidden: int,
        *,
        cell: CellName = "lstm",
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        forget_bias: float = 0.0,
    ):
        super().__init__()
        self.directions = 2 if bidirectional else 1
        self.n_outputs = self.directions * hidden
        self.cells = _layers[cell](
            n_inputs,
            hidden,
            layers,
            batch_first=True,
            dropout=dropout if layers > 1 else 0.0,
            bidirectional=bidirectional,
        )
        if forget_bias and cell != "rnn":
            with torch.no_grad():
                for name, bias in self.cells.named_parameters():
                    if name.startswith("bias_ih"):
                        bias[hidden : 2 * hidden] += forget_bias  # torch's second gate, of both

    def forward(
        self, x: Tensor, lengths: Tensor | None = None, state: State | None = None
    ) -> tuple[Tensor, State]:
        """Return what is said at each place, (batch, time, n_outputs), and the state at the end.

        Past the end of a sequence stand zeros.

        Args:
            x: (batch, time, n_inputs).
            lengths: (batch,), places that are no padding, which stands at the end; a sequence of
                none is read as one place. None: all are.
            state: to start from, that of another call; None: zeros.
        """
        if lengths is None:
            outputs, state = self.cells(x, state)
            return outputs, state
        packed = pack_padded_sequence(
            x, lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
        )
        packed, state = self.cells(packed, state)
        outputs, _ = pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])
        return outputs, state

    def start(self, n_rows: int) -> State:
        """Return the state of rows of which nothing was read yet: zeros."""
        cells = self.cells
        shape = (cells.num_layers * self.directions, n_rows, cells.hidden_size)
        nothing = next(cells.parameters()).new_zeros(shape)
        return (nothing, nothing) if isinstance(cells, nn.LSTM) else nothing

    def joined(self, state: State) -> State:
        """Return a state with both directions of a layer side by side, (layers, batch, n_outputs).

        So a decoder that reads in one direction, of `n_outputs` cells, starts from it.
        """
        if isinstance(state, tuple):
            hidden, memory = (self._joined(part) for part in state)
            return hidden, memory
        return self._joined(state)

    def last(self, state: State) -> Tensor:
        """Return the hidden state of the last layer, (batch, n_outputs)."""
        hidden = state[0] if isinstance(state, tuple) else state
        return self._joined(hidden)[-1]

    def _joined(self, state: Tensor) -> Tensor:
        layers = state.unflatten(0, (-1, self.directions))  # (layers, directions, batch, hidden)
        return layers.transpose(1, 2).flatten(2)
