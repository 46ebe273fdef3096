"""Penalties of codes by name: what keeps a code from merely copying the row.

Each gives a number a row (batch,) of an encoder, from rows (batch, ...) to codes (batch, n_codes).
"""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from caselab.learning.objectives import jacobian_penalty

PenaltyName = Literal["none", "l1", "kl", "contractive"]

Encode = Callable[[Tensor], Tensor]


def l1(encode: Encode, X: Tensor, sparsity: float) -> Tensor:
    """Return the sum of the codes' sizes: many become 0.

    Source: Goodfellow, Bengio and Courville (2016), Deep Learning, 14.2.1.
    """
    del sparsity  # which follows from the penalty's weight
    return encode(X).abs().sum(1)


def kl(encode: Encode, X: Tensor, sparsity: float) -> Tensor:
    """Return how far each unit's mean activation over the batch diverges from `sparsity`, summed.

    Units are on or off with that chance, so codes lie between 0 and 1; every row gets the batch's.

    Source: Ng (2011), Sparse autoencoder, CS294A lecture notes.
    """
    active = encode(X).mean(0).clamp(1e-6, 1 - 1e-6)  # (n_codes,)
    wanted = torch.full_like(active, sparsity)
    divergence = torch.distributions.kl_divergence(
        torch.distributions.Bernoulli(wanted), torch.distributions.Bernoulli(active)
    )
    return divergence.sum().expand(len(X))


def contractive(encode: Encode, X: Tensor, sparsity: float) -> Tensor:
    """Return the squared norm of the encoder's Jacobian: codes change little where rows do."""
    del sparsity
    return jacobian_penalty(encode, X)


penalties: dict[str, Callable[[Encode, Tensor, float], Tensor]] = {
    "l1": l1,
    "kl": kl,
    "contractive": contractive,
}

code_activations: dict[str, Callable[[], nn.Module]] = {
    "none": nn.Identity,
    "l1": nn.ReLU,  # which can be 0
    "kl": nn.Sigmoid,  # a chance
    "contractive": nn.Sigmoid,  # as in its paper
}
"""What a code goes through, by its penalty."""
