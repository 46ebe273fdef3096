"""The two kinds of autoencoders, by what a code is.

A code is a point, kept from copying by a corruption of what is read or by a penalty, or it is a normal
distribution, from which new rows can be drawn.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from caselab.errors import UserError
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.coders import Decoder, Encoder, Output
from caselab.learning.layers.corruptions import Corruption, CorruptionName
from caselab.learning.layers.penalties import PenaltyName, code_activations, penalties
from caselab.learning.losses import Total
from caselab.learning.objectives import Batch, drawn, gaussian_divergence, normals, warmed

N_DRAWS = 16
"""Codes of a row over which the bound on its likelihood is a mean."""

SPREAD_STEP = 20
"""How much faster the logarithm of the rows' variance changes than any other weight."""


class Autoencoder(nn.Module):
    """From rows to codes that are points, and back.

    Args:
        shape: of a row; channels, height and width where there are `filters`.
        n_outputs: numbers of a row.
        activation: of all layers but those that give the code and the row.
        n_codes: numbers of a code; None: the code is what the last convolution leaves, which still
            lies as the picture does.
        hidden: units of the dense layers on the way to the code, and in reverse on the way back.
        filters: of the convolutions before them, each of which halves the sides of the picture.
        overcomplete: a code may have as many numbers as a row, or more.
        corruption: of what is read while it learns.
        corruption_level: deviation of the noise, or share of the numbers.
        penalty: of codes, beside the error.
        penalty_weight: of it, where the error counts 1 for each number of a row.
        sparsity: share of rows for which a unit of the code is to be active, of `kl`.
        dropout: after each hidden layer.
        output: of the row: `sigmoid` where its numbers lie between 0 and 1.

    Raises:
        UserError: the code is no smaller than a row and need be, or rows are no pictures where they
            are to be.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        n_codes: int | None,
        hidden: tuple[int, ...],
        filters: tuple[int, ...] = (),
        overcomplete: bool = False,
        corruption: CorruptionName = "none",
        corruption_level: float = 0.3,
        penalty: PenaltyName = "none",
        penalty_weight: float = 1e-3,
        sparsity: float = 0.05,
        dropout: float = 0.0,
        output: Output = "linear",
    ):
        super().__init__()
        if n_codes is not None and n_codes >= n_outputs and not overcomplete:
            raise _too_large(n_codes, n_outputs)
        self.corruption = Corruption(corruption, corruption_level)
        self.encoder = Encoder(shape, n_codes, activation, hidden, filters, dropout)
        self.code = code_activations[penalty]()
        self.decoder = Decoder(shape, n_codes, activation, hidden, filters, dropout, output)
        self.penalty_name, self.penalty_weight, self.sparsity = penalty, penalty_weight, sparsity

    def encode(self, x: Tensor) -> Tensor:
        """Return the codes (batch, n_codes) of rows (batch, *shape)."""
        code: Tensor = self.code(self.encoder(x))
        return code

    def decode(self, code: Tensor) -> Tensor:
        """Return the rows (batch, *shape) that codes (batch, n_codes) stand for."""
        rows: Tensor = self.decoder(code)
        return rows

    def forward(self, x: Tensor) -> Tensor:
        """Give rows (batch, *shape) back."""
        return self.decode(self.encode(self.corruption(x)))

    def penalty(self, x: Tensor) -> Tensor | None:
        """Return what codes cost beside the error, weighted, `(batch,)`; None where nothing does."""
        if self.penalty_name == "none":
            return None
        cost = penalties[self.penalty_name](self.encode, x, self.sparsity)
        return self.penalty_weight * cost


class VariationalAutoencoder(nn.Module):
    """From rows to codes that are normal distributions, and back to the normal that rows come from.

    What it learns is the greatest lower bound on the rows' likelihood. The rows' own deviation is
    one number, learned with the rest, so that the bound is told in the same unit as the likelihood
    of probabilistic principal components, the linear case (Tipping and Bishop, 1999).

    Args:
        shape, n_outputs, activation, n_codes, hidden, filters, dropout, output: as `Autoencoder`'s.
        beta: weight of the codes' divergence from the standard normal; from 1 up codes tell less.
        warmup: share of the epochs over which that weight rises from 0.

    Raises:
        UserError: the code is no smaller than a row, or rows are no pictures where they are to be.

    Source: Kingma and Welling (2014), Auto-encoding variational Bayes; `beta`: Higgins et al.
    (2017), beta-VAE; `warmup`: Sønderby et al. (2016), Ladder variational autoencoders; the
    deviation: Rybkin, Daniilidis and Levine (2021), Simple and effective VAE training.
    """

    generative = True

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        n_codes: int,
        hidden: tuple[int, ...],
        filters: tuple[int, ...] = (),
        beta: float = 1.0,
        warmup: float = 0.0,
        dropout: float = 0.0,
        output: Output = "linear",
    ):
        super().__init__()
        if n_codes >= n_outputs:
            raise _too_large(n_codes, n_outputs)
        self.encoder = Encoder(shape, 2 * n_codes, activation, hidden, filters, dropout)
        self.decoder = Decoder(shape, n_codes, activation, hidden, filters, dropout, output)
        self.spread = nn.Parameter(torch.zeros(()))
        self.n_codes, self.beta, self.warmup = n_codes, beta, warmup

    @property
    def log_variance(self) -> Tensor:
        """The logarithm of the rows' own variance."""
        # One number would take thousands of steps to what the data ask for
        return SPREAD_STEP * self.spread

    def encode(self, x: Tensor) -> Tensor:
        """Return the means of the codes (batch, n_codes) of rows (batch, *shape)."""
        return self._normal(x)[0]

    def decode(self, code: Tensor) -> Tensor:
        """Return the mean rows (batch, *shape) of codes (batch, n_codes)."""
        rows: Tensor = self.decoder(code)
        return rows

    def forward(self, x: Tensor) -> Tensor:
        """Give rows (batch, *shape) back by the means of their codes."""
        return self.decode(self.encode(x))

    def draw_codes(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw codes (n, n_codes) as they are before any row is seen."""
        return torch.randn(n, self.n_codes, generator=generator)

    def objective(self, batch: Batch) -> Total:
        """Return minus the bound, by one code drawn a row, in nats a number of the row."""
        mean, log_variance = self._normal(batch.X)
        code = drawn(mean, log_variance)
        weight = self.beta * warmed(batch.progress, self.warmup)
        bound = self._log_density(batch.target, self.decode(code))
        bound = bound - weight * gaussian_divergence(mean, log_variance)
        return Total(-bound.sum(), float(batch.X.numel()))

    def measures(self, batch: Batch) -> dict[str, Total]:
        """Return what early stopping goes by: minus the whole bound, however warm the training is."""
        n_numbers = float(batch.X.numel())
        bound = self.bound(batch.X, self.beta)
        error = (self(batch.X) - batch.target).square().sum()
        return {"loss": Total(-bound.sum(), n_numbers), "error": Total(error, n_numbers)}

    def log_likelihood(self, x: Tensor) -> Tensor:
        """Return the lower bound on the log-likelihood of each row, in nats, `(batch,)`."""
        return self.bound(x, beta=1.0)

    def bound(self, x: Tensor, beta: float) -> Tensor:
        """Return the bound with a weight of the divergence, a mean over the same draws for any row."""
        mean, log_variance = self._normal(x)
        half = torch.randn(
            N_DRAWS // 2, 1, self.n_codes, generator=torch.Generator().manual_seed(0)
        )
        noise = torch.cat([half, -half]).to(mean)  # (draws, 1, n_codes)
        codes = mean + (log_variance / 2).exp() * noise  # (draws, batch, n_codes)
        given_back = self.decode(codes.flatten(0, 1))
        density = self._log_density(x.repeat(N_DRAWS, *[1] * (x.ndim - 1)), given_back)
        return density.view(N_DRAWS, -1).mean(0) - beta * gaussian_divergence(mean, log_variance)

    def _normal(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return normals(self.encoder(x))

    def _log_density(self, x: Tensor, mean: Tensor) -> Tensor:
        """Return the log density of each row under the normal around its mean, `(batch,)`."""
        squares = (x - mean).flatten(1).square().sum(1)
        n_numbers = math.prod(x.shape[1:])
        constant = n_numbers * (math.log(2 * math.pi) + self.log_variance)
        return -0.5 * (constant + squares / self.log_variance.exp())


def _too_large(n_codes: int, n_numbers: int) -> UserError:
    return UserError(
        f"n_codes is {n_codes:,}, but a row has only {n_numbers:,} numbers, so its code could be the "
        "row itself; ask for fewer, or set overcomplete beside a corruption or a penalty."
    )
