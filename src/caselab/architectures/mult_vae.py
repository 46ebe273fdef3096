"""Mult-VAE: a variational autoencoder of what each user took to, with a multinomial likelihood."""

from typing import Annotated, Any, Self

import numpy as np
from annotated_types import Interval
from pydantic import NonNegativeFloat, PositiveInt
from sklearn.base import BaseEstimator, clone
from torch import Tensor, nn
from torch.nn.functional import log_softmax, normalize

from caselab.learning.layers.activations import Activation
from caselab.learning.layers.coders import Decoder, Encoder
from caselab.learning.losses import Total
from caselab.learning.objectives import Batch, drawn, gaussian_divergence, normals, warmed
from caselab.learning.training import Training
from caselab.params.search import Between, OneOf
from caselab.recommending.given_back import GivenBack, hidden_part
from caselab.recommending.interactions import Interactions
from caselab.recommending.recommenders import Ranker


def ranking(
    *,
    n_codes: Annotated[PositiveInt, Between(16, 128, log=True)] = 64,
    hidden: Annotated[tuple[PositiveInt, ...], OneOf((100,), (200,), (400,))] = (200,),
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.2, 0.8)] = 0.5,
    beta: Annotated[NonNegativeFloat, Between(0.0, 1.0)] = 0.2,
    warmup: Annotated[float, Interval(ge=0, le=1)] = 0.5,
    least: float | None = None,
    training: Training = Training(activation="tanh"),
    random_state: int,
) -> Ranker:
    """Tell what users will take to from what they took to, through a code of `n_codes` numbers.

    `hidden` are units of the layers on the way to the code, and in reverse on the way back; a share
    `dropout` of what a user took to is hidden while it learns. The codes' divergence from the
    standard normal weighs `beta`, to which it rises over the first `warmup` share of the epochs. Only
    ratings of `least` or more count; the paper keeps four and five stars.

    Source: Liang, Krishnan, Hoffman and Jebara (2018), Variational autoencoders for collaborative
    filtering, WWW.
    """
    options = {
        "n_codes": n_codes,
        "hidden": hidden,
        "dropout": dropout,
        "beta": beta,
        "warmup": warmup,
    }
    given_back = GivenBack(MultVAE, options, "users", training, random_state)
    return Ranker(LogitsGivenBack(given_back, least))


class MultVAE(nn.Module):
    """From what a user took to (batch, 2, n_items) to logits of what he will, by a normal code."""

    def __init__(
        self,
        shape: tuple[int, ...],  # (2, n_items)
        n_outputs: int,
        activation: Activation,
        *,
        n_codes: int,
        hidden: tuple[int, ...],
        dropout: float,
        beta: float,
        warmup: float,
    ):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        ways: dict[str, Any] = {"hidden": hidden, "filters": (), "dropout": 0.0}
        self.encoder = Encoder(shape[1:], 2 * n_codes, activation, **ways)
        self.decoder = Decoder(shape[1:], n_codes, activation, **ways, output="linear")
        self.beta, self.warmup = beta, warmup

    def encode(self, x: Tensor) -> Tensor:
        """Return the means of the codes (batch, n_codes)."""
        return self._normal(x[:, 0])[0]

    def decode(self, code: Tensor) -> Tensor:
        """Return logits (batch, n_items) of codes (batch, n_codes)."""
        logits: Tensor = self.decoder(code)
        return logits

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, n_items) by the means of the codes."""
        return self.decode(self.encode(x))

    def objective(self, batch: Batch) -> Total:
        """Return minus the bound on the log-likelihood, by one code drawn a user, in nats a user."""
        taken = batch.X[:, 0]
        mean, log_variance = self._normal(taken)
        weight = self.beta * warmed(batch.progress, self.warmup)
        bound = _log_likelihood(taken, self.decode(drawn(mean, log_variance)))
        bound = bound - weight * gaussian_divergence(mean, log_variance)
        return Total(-bound.sum(), float(len(batch.X)))

    def measures(self, batch: Batch) -> dict[str, Total]:
        """Return minus the log-likelihood of what users held out do not show, in nats an item."""
        taken = batch.X[:, 0]
        is_hidden = hidden_part(taken)
        logits = self.decode(self._normal(taken - is_hidden)[0])
        likelihood = _log_likelihood(is_hidden, logits)
        return {"loss": Total(-likelihood.sum(), is_hidden.sum())}

    def _normal(self, taken: Tensor) -> tuple[Tensor, Tensor]:
        return normals(self.encoder(self.dropout(normalize(taken))))


def _log_likelihood(taken: Tensor, logits: Tensor) -> Tensor:
    """Return the log-likelihood of each row (batch,) where items come as the logits say."""
    return (taken * log_softmax(logits, dim=1)).sum(1)


class LogitsGivenBack(BaseEstimator):
    """Items as users will take to them, by the logits that are given back.

    Args:
        given_back: the network and its rows.
        least: the lowest rating that counts; None: all do.
    """

    def __init__(self, given_back: GivenBack, least: float | None = None):
        self.given_back = given_back
        self.least = least

    def fit(self, interactions: Interactions) -> Self:
        """Train."""
        least = -np.inf if self.least is None else self.least
        counts = interactions.rating >= least
        self.given_back_ = clone(self.given_back).fit(interactions, counts)
        return self

    @property
    def history_(self) -> list[dict[str, float]]:
        """What was measured after each epoch."""
        return self.given_back_.history_

    def scores(self, user: np.ndarray) -> np.ndarray:
        """Return the logits of items, `(n_queries, n_items)`."""
        return self.given_back_.whole(user).astype(np.float64)

    def likeness(self, item: np.ndarray) -> np.ndarray:
        """Return cosines of items' weights in the last layer, `(n_queries, n_items)`."""
        weights = self.given_back_.network_.weights_
        *_, last = (name for name in weights if name.endswith("weight"))
        rows = weights[last]
        unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return unit[item] @ unit.T
