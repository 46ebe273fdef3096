"""AutoRec: an autoencoder of the ratings of items, or of users, that learns from those there are."""

from typing import Annotated, Literal, Self

import numpy as np
import torch
from annotated_types import Interval
from pydantic import PositiveInt
from sklearn.base import BaseEstimator, clone
from torch import Tensor, nn

from caselab.learning.layers.activations import Activation
from caselab.learning.losses import Total
from caselab.learning.objectives import Batch
from caselab.learning.training import Training
from caselab.params.search import Between
from caselab.recommending.biases import Biases
from caselab.recommending.given_back import GivenBack, hidden_part
from caselab.recommending.interactions import UNKNOWN, Interactions, Queries
from caselab.recommending.recommenders import RatingPredictor


def recommendation(
    *,
    rows: Literal["items", "users"] = "items",
    hidden: Annotated[PositiveInt, Between(50, 500, log=True)] = 200,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.7)] = 0.0,
    center: Literal["mean", "biases"] = "biases",
    training: Training = Training(activation="sigmoid"),
    random_state: int,
) -> RatingPredictor:
    """Give the ratings of each item back through a layer of `hidden` units, and so those it lacks.

    With `rows` `users` it is the ratings of each user that are given back. `dropout` is of the
    layer's units; `training.weight_decay` is the penalty of the paper. What is read and given back
    are the ratings' distances from what `center` lets expect: the mean of all, as in the paper, or
    that with the deviations of user and item.

    Source: Sedhain, Menon, Sanner and Xie (2015), AutoRec: autoencoders meet collaborative
    filtering, WWW.
    """
    options = {"hidden": hidden, "dropout": dropout}
    given_back = GivenBack(AutoRec, options, rows, training, random_state)
    return RatingPredictor(RatingsGivenBack(given_back, center))


class AutoRec(nn.Module):
    """One hidden layer from a row of ratings (batch, 2, n_ratings) to that row without gaps."""

    def __init__(
        self,
        shape: tuple[int, ...],  # (2, n_ratings)
        n_outputs: int,
        activation: Activation,
        *,
        hidden: int,
        dropout: float,
    ):
        super().__init__()
        self.encoder = nn.Linear(shape[1], hidden)
        self.activation = activation()
        self.dropout = nn.Dropout(dropout)
        self.decoder = nn.Linear(hidden, shape[1])

    def encode(self, x: Tensor) -> Tensor:
        """Return the hidden units (batch, hidden) of rows (batch, 2, n_ratings)."""
        units: Tensor = self.dropout(self.activation(self.encoder(x[:, 0])))
        return units

    def decode(self, units: Tensor) -> Tensor:
        """Return all ratings' distances from their mean (batch, n_ratings)."""
        ratings: Tensor = self.decoder(units)
        return ratings

    def forward(self, x: Tensor) -> Tensor:
        """Return all ratings' distances from their mean (batch, n_ratings)."""
        return self.decode(self.encode(x))

    def objective(self, batch: Batch) -> Total:
        """Return the squared error of the ratings that there are."""
        rating, is_known = batch.X.unbind(1)
        return Total(((self(batch.X) - rating) * is_known).square().sum(), is_known.sum())

    def measures(self, batch: Batch) -> dict[str, Total]:
        """Return the squared error of ratings that rows held out do not show."""
        rating, is_known = batch.X.unbind(1)
        is_hidden = hidden_part(is_known)
        shown = torch.stack([rating * (1 - is_hidden), is_known - is_hidden], 1)
        error = ((self(shown) - rating) * is_hidden).square()
        return {"loss": Total(error.sum(), is_hidden.sum())}


class RatingsGivenBack(BaseEstimator):
    """Ratings as they stand in rows that are given back.

    Args:
        given_back: the network and its rows.
        center: what ratings are told as distances from.
    """

    def __init__(self, given_back: GivenBack, center: Literal["mean", "biases"] = "biases"):
        self.given_back = given_back
        self.center = center

    def fit(self, interactions: Interactions) -> Self:
        """Train."""
        self.biases_ = Biases.of(interactions, user_damping=15, item_damping=10)
        values = interactions.rating - self.biases_.mean
        if self.center == "biases":
            values = self.biases_.residuals(interactions)
        self.given_back_ = clone(self.given_back).fit(interactions, values)
        return self

    @property
    def history_(self) -> list[dict[str, float]]:
        """What was measured after each epoch."""
        return self.given_back_.history_

    def rate(self, queries: Queries) -> np.ndarray:
        """Return ratings; of a user or item never seen by how the other deviates."""
        rating = self.biases_.rate(queries)
        known = np.flatnonzero((queries.user != UNKNOWN) & (queries.item != UNKNOWN))
        row, place = queries.item[known], queries.user[known]
        if self.given_back_.rows == "users":
            row, place = place, row
        if len(known):
            numbers, number = np.unique(row, return_inverse=True)
            found = self.given_back_.whole(numbers)[number, place]
            expected = rating[known] if self.center == "biases" else self.biases_.mean
            rating[known] = expected + found
        return rating
