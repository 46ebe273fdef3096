"""How a fitted network's outputs change with its inputs."""

import numpy as np
import torch

from caselab.learning.estimators import LightningEstimator


def smooth_gradient(
    estimator: LightningEstimator,
    X: np.ndarray,
    outputs: np.ndarray,
    *,
    copies: int = 24,
    noise: float = 0.15,
    seed: int = 0,
) -> np.ndarray:
    """Return the size of the gradient of one output by each input, `(n_samples, ...)`.

    A gradient at a single point is ragged; this is the mean over noisy copies of each row.

    Args:
        estimator: fitted.
        X: floats `(n_samples, ...)`.
        outputs: which output of each row, `(n_samples,)`.
        copies: of each row.
        noise: deviation of the noise, in shares of what lies between a row's ends.
        seed: of the noise.

    Source: Smilkov et al. (2017), SmoothGrad: removing noise by adding noise.
    """
    network = estimator.network_on(torch.device("cpu"))
    for weights in network.parameters():
        weights.requires_grad_(False)
    random = np.random.default_rng(seed)
    sizes = np.empty(X.shape)
    for row, output in enumerate(outputs):
        spread = noise * float(np.ptp(X[row]))
        near = X[row] + spread * random.standard_normal((copies, *X.shape[1:]))
        inputs = torch.tensor(near.astype(X.dtype), requires_grad=True)
        network(inputs)[:, int(output)].sum().backward()
        assert inputs.grad is not None
        sizes[row] = inputs.grad.abs().double().mean(dim=0).numpy()
    return sizes
