"""What the convolutions of a fitted network have learned, and what they make of pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from caselab.learning.estimators import LightningEstimator

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Maps:
    """What one layer answers: its name, and maps (n_samples, n_maps, height, width)."""

    layer: str
    answers: np.ndarray


def filters(estimator: LightningEstimator) -> np.ndarray | None:
    """Return the filters of the first convolution of several pixels, `(n, channels, height, width)`.

    None where there is none.
    """
    for layer in estimator.network_on(CPU).modules():
        if isinstance(layer, nn.Conv2d) and max(layer.kernel_size) > 1:
            return layer.weight.detach().numpy()
    return None


def feature_maps(estimator: LightningEstimator, X: np.ndarray) -> list[Maps]:
    """Return the last maps of each size that a network makes of inputs `(n_samples, ...)`."""
    network = estimator.network_on(CPU)
    with torch.inference_mode():
        answered, _ = _asked(network, torch.tensor(X))
    found = {tuple(maps.shape[2:]): Maps(name, maps.numpy()) for name, maps in answered}
    return [found[size] for size in sorted(found, reverse=True)]


def grad_cam(estimator: LightningEstimator, X: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Return where in each picture the last maps raise one output, `(n_samples, height, width)`.

    Args:
        estimator: fitted, of a network that makes maps.
        X: floats `(n_samples, channels, height, width)`.
        outputs: which output of each row, `(n_samples,)`.

    Source: Selvaraju et al. (2017), Grad-CAM: visual explanations from deep networks via
    gradient-based localization.
    """
    network = estimator.network_on(CPU)
    for weights in network.parameters():
        weights.requires_grad_(False)
    inputs = torch.tensor(X, requires_grad=True)
    answered, last = _asked(network, inputs)
    maps = answered[-1][1]
    chosen = last[torch.arange(len(X)), torch.as_tensor(outputs)]
    (gradient,) = torch.autograd.grad(chosen.sum(), maps)
    importance = gradient.mean((2, 3), keepdim=True)  # (n, n_maps, 1, 1)
    raised = (importance * maps).sum(1, keepdim=True).relu()
    large = functional.interpolate(raised, X.shape[2:], mode="bilinear", align_corners=False)
    found: np.ndarray = large[:, 0].detach().numpy()
    return found


def makes_maps(estimator: LightningEstimator) -> bool:
    """Tell whether a fitted network convolves pictures."""
    modules = estimator.network_on(torch.device("meta")).modules()
    return any(isinstance(layer, nn.Conv2d) for layer in modules)


def _asked(network: nn.Module, inputs: Tensor) -> tuple[list[tuple[str, Tensor]], Tensor]:
    """Return what layers answer in several places, in the order of their calls, and the last answer."""
    found: list[tuple[str, Tensor]] = []

    def keep(layer: nn.Module, output: object) -> None:
        began = bool(found) or isinstance(layer, nn.Conv2d)
        if began and isinstance(output, Tensor) and output.ndim == 4 and min(output.shape[2:]) > 1:
            found.append((names[layer], output))

    names = {layer: name for name, layer in network.named_modules() if not [*layer.children()]}
    for layer in names:
        layer.register_forward_hook(lambda layer, _, output: keep(layer, output))
    last: Tensor = network(inputs)
    return found, last
