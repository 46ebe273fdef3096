"""Neural collaborative filtering: embeddings of users and items, joined by a perceptron."""

from itertools import pairwise
from typing import Annotated, Self

import numpy as np
import torch
from annotated_types import Interval
from pydantic import PositiveInt
from sklearn.base import BaseEstimator
from torch import Tensor, nn

from caselab.learning.estimators import LightningClassifier, LightningRegressor
from caselab.learning.layers.activations import Activation
from caselab.learning.training import Training
from caselab.learning.validation import known
from caselab.params.search import Between, OneOf
from caselab.recommending.interactions import Interactions, Queries
from caselab.recommending.recommenders import Ranker, RatingPredictor


def recommendation(
    *,
    embedding_dim: Annotated[PositiveInt, OneOf(8, 16, 32)] = 16,
    hidden: Annotated[tuple[PositiveInt, ...], OneOf((32,), (64, 32), (128, 64))] = (64, 32),
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.7)] = 0.5,
    training: Training = Training(),
    random_state: int,
) -> RatingPredictor:
    """Predict ratings from the product of embeddings, and from layers over both side by side.

    Embeddings have `embedding_dim` numbers, layers `hidden` units, with `dropout` after each.

    Source: He, Liao, Zhang, Nie, Hu and Chua (2017), Neural collaborative filtering, WWW.
    """
    options = {"embedding_dim": embedding_dim, "hidden": hidden, "dropout": dropout}
    return RatingPredictor(NeuralRatings(options, training, random_state))


def ranking(
    *,
    embedding_dim: Annotated[PositiveInt, OneOf(8, 16, 32)] = 16,
    hidden: Annotated[tuple[PositiveInt, ...], OneOf((32,), (64, 32), (128, 64))] = (64, 32),
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.7)] = 0.2,
    n_negatives: PositiveInt = 4,
    training: Training = Training(),
    random_state: int,
) -> Ranker:
    """Tell interactions from `n_negatives` times as many pairs drawn without one.

    Embeddings have `embedding_dim` numbers, layers `hidden` units, with `dropout` after each.

    Source: He, Liao, Zhang, Nie, Hu and Chua (2017), Neural collaborative filtering, WWW.
    """
    options = {"embedding_dim": embedding_dim, "hidden": hidden, "dropout": dropout}
    return Ranker(NeuralScores(options, n_negatives, training, random_state))


class NeuralCollaborativeFiltering(nn.Module):
    """Two embeddings; their product and a perceptron's answer are joined by the last layer.

    Number 0 of each embedding stands for whoever was never seen.
    """

    input_dtype = np.int64

    def __init__(
        self,
        shape: tuple[int, ...],  # (2,)
        n_outputs: int,
        activation: Activation,
        *,
        n_users: int,
        n_items: int,
        embedding_dim: int,
        hidden: tuple[int, ...],
        dropout: float,
    ):
        super().__init__()
        self.user = nn.Embedding(1 + n_users, embedding_dim)
        self.item = nn.Embedding(1 + n_items, embedding_dim)
        self.user_bias = nn.Embedding(1 + n_users, n_outputs)
        self.item_bias = nn.Embedding(1 + n_items, n_outputs)
        for table, width in (
            (self.user, 0.1),
            (self.item, 0.1),
            (self.user_bias, 0.01),
            (self.item_bias, 0.01),
        ):
            nn.init.normal_(table.weight, std=width)
        self.hidden = nn.Sequential()
        for n_inputs, n_units in pairwise([2 * embedding_dim, *hidden]):
            self.hidden.append(nn.Linear(n_inputs, n_units))
            self.hidden.append(activation())
            self.hidden.append(nn.Dropout(dropout))
        self.output = nn.Linear(embedding_dim + hidden[-1], n_outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return outputs (batch, n_outputs) of numbers of user and item (batch, 2)."""
        user, item = self.user(x[:, 0]), self.item(x[:, 1])  # (batch, embedding_dim) each
        deep = self.hidden(torch.cat([user, item], dim=1))  # (batch, hidden[-1])
        joined = torch.cat([user * item, deep], dim=1)  # (batch, embedding_dim + hidden[-1])
        biases = self.user_bias(x[:, 0]) + self.item_bias(x[:, 1])  # (batch, n_outputs)
        output: Tensor = self.output(joined) + biases
        return output


class NeuralRatings(BaseEstimator):
    """The network, taught ratings.

    Args:
        options: of `NeuralCollaborativeFiltering`, but for the numbers of users and items.
        training: the settings of its training.
        random_state: of all that is random.
    """

    def __init__(
        self,
        options: dict[str, object] | None = None,
        training: Training = Training(),
        random_state: int = 0,
    ):
        self.options = options
        self.training = training
        self.random_state = random_state

    def fit(self, interactions: Interactions) -> Self:
        """Train."""
        options = {
            **(self.options or {}),
            "n_users": len(interactions.users),
            "n_items": len(interactions.items),
        }
        self.network_ = LightningRegressor(
            NeuralCollaborativeFiltering, options, self.training, self.random_state
        ).fit(np.column_stack([interactions.user, interactions.item]) + 1, interactions.rating)
        return self

    @property
    def history_(self) -> list[dict[str, float]]:
        """What was measured after each epoch."""
        return self.network_.history_

    def rate(self, queries: Queries) -> np.ndarray:
        """Return ratings."""
        return self.network_.predict(np.column_stack([queries.user, queries.item]) + 1)


class NeuralScores(BaseEstimator):
    """The network, taught to tell interactions from pairs without one.

    Args:
        options: of `NeuralCollaborativeFiltering`, but for the numbers of users and items.
        n_negatives: items drawn for each interaction.
        training: the settings of its training.
        random_state: of all that is random.
    """

    def __init__(
        self,
        options: dict[str, object] | None = None,
        n_negatives: int = 4,
        training: Training = Training(),
        random_state: int = 0,
    ):
        self.options = options
        self.n_negatives = n_negatives
        self.training = training
        self.random_state = random_state

    def fit(self, interactions: Interactions) -> Self:
        """Draw pairs without interaction, evenly, and train."""
        groups, times = known(len(interactions.user))
        random = np.random.default_rng(self.random_state)
        n_users, n_items = interactions.shape
        user = np.repeat(interactions.user, self.n_negatives)
        item = random.integers(n_items, size=len(user))
        is_new = ~np.isin(
            user.astype(np.int64) * n_items + item,
            interactions.user * np.int64(n_items) + interactions.item,
        )
        X = (
            np.column_stack(
                [np.r_[interactions.user, user[is_new]], np.r_[interactions.item, item[is_new]]]
            )
            + 1
        )
        y = np.r_[np.ones(len(interactions.user), dtype=int), np.zeros(is_new.sum(), dtype=int)]
        options = {**(self.options or {}), "n_users": n_users, "n_items": n_items}

        def with_negatives(values: np.ndarray | None) -> np.ndarray | None:
            """Return the value of each row, where a negative has that of the row it is drawn for."""
            if values is None:
                return None
            return np.r_[values, np.repeat(values, self.n_negatives)[is_new]]

        self.network_ = LightningClassifier(
            NeuralCollaborativeFiltering, options, None, self.training, self.random_state
        ).fit(X, y, groups=with_negatives(groups), times=with_negatives(times))
        self.n_items_ = n_items
        return self

    @property
    def history_(self) -> list[dict[str, float]]:
        """What was measured after each epoch."""
        return self.network_.history_

    def scores(self, user: np.ndarray) -> np.ndarray:
        """Return the probability of an interaction with each item, `(n_queries, n_items)`."""
        items = np.arange(self.n_items_)
        pairs = np.column_stack([np.repeat(user, len(items)), np.tile(items, len(user))]) + 1
        return self.network_.predict_proba(pairs)[:, 1].reshape(len(user), -1)

    def likeness(self, item: np.ndarray) -> np.ndarray:
        """Return cosines of items' embeddings, `(n_queries, n_items)`."""
        rows = self.network_.weights_["item.weight"][1:]
        unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return unit[item] @ unit.T
