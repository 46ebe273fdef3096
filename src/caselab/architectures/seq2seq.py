"""Encoder and decoder: one recurrent network reads, another one says step by step what follows."""

from typing import Annotated

import torch
from annotated_types import Interval
from pydantic import PositiveInt
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from caselab.forecasting.sequences import FORECASTER, SequenceForecaster
from caselab.learning.estimators import LightningRegressor
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.horizons import Horizon
from caselab.learning.layers.recurrent import CellName, Recurrent, State
from caselab.learning.losses import Total
from caselab.learning.objectives import Batch
from caselab.learning.training import Training


def forecasting(
    *,
    cell: CellName = "gru",
    hidden: PositiveInt = 48,
    layers: PositiveInt = 1,
    dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
    teacher_forcing: Annotated[float, Interval(ge=0, le=1)] = 1.0,
    fade: Annotated[float, Interval(gt=0, le=1)] = 0.5,
    lookback: PositiveInt = 48,
    stride: PositiveInt = 4,
    training: Training = FORECASTER,
    random_state: int,
) -> SequenceForecaster:
    """Return an encoder of `lookback` moments and a decoder that goes from each answer to the next.

    While it learns, the decoder is told a share `teacher_forcing` of the values before in place of
    its own answers; the share falls to 0 over the part `fade` of the training. Both have `hidden`
    cells of the kind `cell` (rnn, gru, lstm) in each of `layers`; `dropout` is between layers and
    before the answer. It learns from windows at every `stride`-th moment, and minimizes the size of
    the error, whatever `training.loss`.

    Source: Sutskever, Vinyals and Le (2014), Sequence to sequence learning with neural networks;
    Bengio, Vinyals, Jaitly and Shazeer (2015), Scheduled sampling.
    """
    options = {
        "cell": cell,
        "hidden": hidden,
        "layers": layers,
        "dropout": dropout,
        "teacher_forcing": teacher_forcing,
        "fade": fade,
    }
    regressor = LightningRegressor(Seq2SeqForecaster, options, training, random_state)
    return SequenceForecaster(regressor, lookback, stride)


class Seq2SeqForecaster(nn.Module):
    """The last state of what was read is where the decoder starts; each answer is its next input."""

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,  # its cells have their own
        *,
        cell: CellName,
        hidden: int,
        layers: int,
        dropout: float,
        teacher_forcing: float,
        fade: float,
    ):
        super().__init__()
        n_inputs = shape[-1]
        self.n_ahead = n_outputs
        self.teacher_forcing, self.fade = teacher_forcing, fade
        self.encoder = Recurrent(n_inputs, hidden, cell=cell, layers=layers, dropout=dropout)
        self.decoder = Recurrent(n_inputs + 1, hidden, cell=cell, layers=layers, dropout=dropout)
        self.horizon = Horizon(n_inputs, hidden, 1, dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return values (batch, n_outputs) of moments (batch, lookback + n_outputs, n_inputs)."""
        return self._said(x, None, 0.0)

    def objective(self, batch: Batch) -> Total:
        """Return the size of the error, where some of the values before are told."""
        share = self.teacher_forcing * max(0.0, 1 - batch.progress / self.fade)
        told = batch.target if self.training and share else None
        answers = self._said(batch.X, told, share)
        loss = F.l1_loss(answers, batch.target, reduction="sum")
        return Total(loss, float(batch.target.numel()))

    def _said(self, x: Tensor, told: Tensor | None, share: float) -> Tensor:
        """Return what is said step by step; of values `told` (batch, n_outputs) a share is heard."""
        read, ahead = x[:, : -self.n_ahead], x[:, -self.n_ahead :]
        state: State
        _, state = self.encoder(read)
        before = read[:, -1, :1]  # (batch, 1), the last value that is known
        answers = []
        for step in range(self.n_ahead):
            known = ahead[:, step : step + 1]  # (batch, 1, n_inputs)
            output, state = self.decoder(torch.cat([before.unsqueeze(1), known], 2), state=state)
            before = self.horizon(output, known)  # (batch, 1)
            answers.append(before)
            if told is not None:
                heard = torch.rand_like(before) < share
                before = torch.where(heard, told[:, step : step + 1], before)
        return torch.cat(answers, 1)
