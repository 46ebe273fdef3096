"""What a network minimizes, from a batch: the supervised loss, or what it names itself.

A network that learns otherwise than by comparing its outputs with targets says so beside its
`input_dtype`:

    def objective(self, batch: Batch) -> Total        # what is minimized, as a sum and its weight
    def measures(self, batch: Batch) -> dict[str, Total]   # further ones of rows held out; optional

Training and held-out rows go through the same `objective`, the latter without changes at random; a
`loss` among the measures stands in its place for the latter. One that only adds to the loss says
what:

    def penalty(self, x: Tensor) -> Tensor | None     # of each row (batch,), beside the mean loss
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from caselab.learning.losses import Total


class Batch(NamedTuple):
    """Some rows, and how far the training has come."""

    X: Tensor  # (batch, ...)
    y: Tensor | None = None  # (batch, ...); None where the rows themselves are the target
    epoch: int = 0  # of the whole training, from 0
    n_epochs: int = 1

    @property
    def progress(self) -> float:
        """The share of the epochs that are done, for what fades or warms up."""
        return self.epoch / self.n_epochs

    @property
    def target(self) -> Tensor:
        """What is to be answered."""
        return self.X if self.y is None else self.y


class Score(Protocol):
    """A measure of outputs and targets for rows held out, and how its mean over all is told."""

    def total(self, outputs: Tensor, target: Tensor) -> Total: ...  # noqa: D102

    def told(self, mean: Tensor) -> Tensor: ...  # noqa: D102


class Objective(nn.Module):
    """What is minimized, and what is measured of rows that are held out."""

    def forward(self, network: nn.Module, batch: Batch) -> Total:
        """Return the sum to minimize and its weight."""
        raise NotImplementedError

    def measures(self, network: nn.Module, batch: Batch) -> dict[str, Total]:
        """Return what is measured of rows held out; `loss` is what is minimized."""
        raise NotImplementedError

    def told(self, _: str, mean: Tensor) -> Tensor:
        """Return a measure's mean over all rows held out in the unit in which it is told."""
        return mean


class Supervised(Objective):
    """The loss of a network's outputs and targets.

    Args:
        loss: gives the `Total` of outputs and targets.
        scores: further measures, by name.
    """

    def __init__(self, loss: nn.Module, scores: Mapping[str, Score]):
        super().__init__()
        self.loss = loss
        self.scores = scores

    def forward(self, network: nn.Module, batch: Batch) -> Total:
        """Return the loss, with the network's penalty if it has one."""
        total: Total = self.loss(network(batch.X), batch.target)
        return _penalized(total, network, batch.X)

    def measures(self, network: nn.Module, batch: Batch) -> dict[str, Total]:
        """Return the same, and the scores of the same outputs."""
        outputs, target = network(batch.X), batch.target
        if outputs.dtype == torch.bfloat16:
            outputs = outputs.float()
        scores = {name: score.total(outputs, target) for name, score in self.scores.items()}
        return {"loss": _penalized(self.loss(outputs, target), network, batch.X), **scores}

    def told(self, name: str, mean: Tensor) -> Tensor:
        """Return what the score makes of its mean."""
        return self.scores[name].told(mean) if name in self.scores else mean


class Own(Objective):
    """What a network says itself that it minimizes."""

    def forward(self, network: nn.Module, batch: Batch) -> Total:
        """Return what the network says."""
        total: Total = _says(network).objective(batch)
        return total

    def measures(self, network: nn.Module, batch: Batch) -> dict[str, Total]:
        """Return it, and what else the network tells of held-out rows."""
        says = _says(network)
        further = says.measures(batch) if hasattr(network, "measures") else {}
        return {"loss": says.objective(batch), **further}


def _penalized(total: Total, network: nn.Module, X: Tensor) -> Total:
    """Add a network's penalty to a loss, mean to mean."""
    penalty = _says(network).penalty(X) if hasattr(network, "penalty") else None
    return (
        total if penalty is None else Total(total.sum + penalty.mean() * total.weight, total.weight)
    )


def _says(network: nn.Module) -> Any:
    """Return a network as what may have an objective; torch's type tells only of tensors."""
    return network


# What objectives are made of


def normals(numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and logarithm of the variance, (batch, n) each, of what a layer says of normals.

    Args:
        numbers: (batch, 2 n).
    """
    mean, log_variance = numbers.chunk(2, 1)
    return mean, log_variance.clamp(-20, 20)  # whose exponential is a number


def drawn(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Draw from normals, so that gradients reach their mean and variance.

    Source: Kingma and Welling (2014), Auto-encoding variational Bayes, section 2.4.
    """
    return mean + (log_variance / 2).exp() * torch.randn_like(mean)


def warmed(progress: float, warmup: float) -> float:
    """Return the share of its weight that a part of an objective has, which rises over `warmup`.

    Args:
        progress: of the training, from 0 to 1.
        warmup: share of the training; 0: the whole weight from the first epoch on.
    """
    return min(1.0, progress / warmup) if warmup else 1.0


def gaussian_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the Kullback-Leibler divergence of normals from the standard normal, `(batch,)`.

    Args:
        mean: (batch, n_dimensions).
        log_variance: (batch, n_dimensions), of independent dimensions.

    Source: Kingma and Welling (2014), Auto-encoding variational Bayes, appendix B.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)


def jacobian_penalty(encode: Callable[[Tensor], Tensor], X: Tensor) -> Tensor:
    """Return the squared Frobenius norm of the encoder's Jacobian at each row, `(batch,)`.

    It is exact: one backward pass for each dimension of the code.

    Args:
        encode: from rows (batch, ...) to codes (batch, n_dimensions), each row by itself.
        X: (batch, ...).

    Source: Rifai, Vincent, Muller, Glorot and Bengio (2011), Contractive auto-encoders.
    """
    of_row = torch.func.jacrev(lambda row: encode(row[None])[0])
    jacobian: Tensor = torch.func.vmap(of_row, randomness="different")(
        X
    )  # (batch, n_dimensions, ...)
    return jacobian.square().flatten(1).sum(1)
