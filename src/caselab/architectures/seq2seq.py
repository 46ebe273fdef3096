"""Encoder and decoder: one recurrent network reads, another one says step by step what follows."""

from typing import Annotated, Any, Literal

import numpy as np
import torch
from annotated_types import Interval
from pydantic import PositiveInt
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from caselab.errors import UserError
from caselab.forecasting.sequences import FORECASTER, SequenceForecaster
from caselab.learning.estimators import LightningRegressor, LightningWriter
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.attention import kept_places
from caselab.learning.layers.horizons import Horizon
from caselab.learning.layers.language import embedding
from caselab.learning.layers.recurrent import CellName, Recurrent, State
from caselab.learning.layers.writing import AttentionName, Encoded, RecurrentWriter
from caselab.learning.losses import Total
from caselab.learning.objectives import Batch
from caselab.learning.training import Training
from caselab.learning.vocabulary import PADDING
from caselab.params.search import Between, OneOf
from caselab.sequences.tokenizers import Tokenizer
from caselab.sequences.writing import Writer


def forecasting(
    *,
    cell: CellName = "gru",
    hidden: Annotated[PositiveInt, OneOf(24, 48, 96)] = 48,
    layers: PositiveInt = 1,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.4)] = 0.0,
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


def generation(
    *,
    cell: CellName = "lstm",
    attention: AttentionName = "dot",
    tokens: Literal["words", "characters", "byte_pairs"] = "byte_pairs",
    vocabulary: PositiveInt = 2000,
    embedding_dim: PositiveInt = 128,
    hidden: PositiveInt = 256,
    layers: PositiveInt = 1,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.5)] = 0.3,
    teacher_forcing: Annotated[float, Interval(ge=0, le=1)] = 1.0,
    teacher_forcing_end: Annotated[float, Interval(ge=0, le=1)] = 1.0,
    label_smoothing: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
    longest: PositiveInt = 60,
    training: Training = Training(),
    random_state: int,
) -> Writer:
    """Return a network that reads a text in both directions, and writes another by `hidden` cells.

    It takes `represent: raw`. `tokens` are what both languages are cut into, `vocabulary` how many
    different ones each has; they are vectors of `embedding_dim` numbers. Both have cells of the kind
    `cell` (lstm, gru, rnn) in each of `layers`. `attention` looks at what was read before each token
    is said, `additive` or `dot`; with `none` all must stand in the state. In training a token follows
    the true one in a share `teacher_forcing` of the cases and the network's own in the others; over
    the training the share goes to `teacher_forcing_end`. `label_smoothing` is the share of a target
    that all tokens have alike, `longest` the most tokens that are read, and written. `dropout` is of
    the vectors, between layers, and before the output.

    Source: Sutskever, Vinyals and Le (2014), Sequence to sequence learning with neural networks;
    Bahdanau, Cho and Bengio (2015), Neural machine translation by jointly learning to align and
    translate (`additive`); Luong, Pham and Manning (2015), Effective approaches to attention-based
    neural machine translation (`dot`); Bengio, Vinyals, Jaitly and Shazeer (2015), Scheduled sampling.
    """
    options = {
        "cell": cell,
        "attention": attention,
        "embedding_dim": embedding_dim,
        "hidden": hidden,
        "layers": layers,
        "dropout": dropout,
        "teacher_forcing": (teacher_forcing, teacher_forcing_end),
        "label_smoothing": label_smoothing,
    }
    writer = LightningWriter(Seq2SeqWriter, options, training, random_state)
    made = Tokenizer(tokens, vocabulary)
    return Writer(writer, made, made, longest)


class Seq2SeqWriter(RecurrentWriter):
    """A decoder that starts from the last state of a text that was read in both directions."""

    input_dtype = np.int64

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,  # its cells have their own
        *,
        n_ids: int,
        embedding_dim: int,
        hidden: int,
        **of_cells: Any,
    ):
        if hidden % 2:
            raise UserError(
                f"model.hidden is {hidden}; half of them read in each direction, so give an even number."
            )
        alike = {name: of_cells[name] for name in ("cell", "layers", "dropout")}
        encoder = TextEncoder(n_ids, embedding_dim, hidden, **alike)
        super().__init__(
            encoder, n_outputs, hidden, embedding_dim=embedding_dim, hidden=hidden, **of_cells
        )


class TextEncoder(nn.Module):
    """Reads ids in both directions, by half of the `hidden` cells each."""

    def __init__(
        self,
        n_ids: int,
        embedding_dim: int,
        hidden: int,
        *,
        cell: CellName,
        layers: int,
        dropout: float,
    ):
        super().__init__()
        self.embedding = embedding(n_ids, embedding_dim)
        self.dropout = nn.Dropout(dropout)
        self.recurrent = Recurrent(
            *(embedding_dim, hidden // 2),
            cell=cell,
            layers=layers,
            bidirectional=True,
            dropout=dropout,
        )

    def forward(self, ids: Tensor) -> Encoded:
        """Return what is read at each of the places of ids (batch, time), and at the end."""
        lengths = (ids != PADDING).sum(1)
        places, state = self.recurrent(self.dropout(self.embedding(ids)), lengths)
        keep = kept_places(lengths, ids.shape[1])
        return Encoded(places, keep, self.recurrent.joined(state))


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
