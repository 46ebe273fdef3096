"""Initial weights by name; biases start at zero with any but torch's own (`default`)."""

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn
from torch.nn import init
from torch.nn.modules.conv import _ConvNd

initializers: dict[str, Callable[[Tensor], Tensor]] = {
    "xavier_uniform": init.xavier_uniform_,  # Glorot, Bengio 2010
    "xavier_normal": init.xavier_normal_,
    "he_uniform": partial(init.kaiming_uniform_, nonlinearity="relu"),  # He et al. 2015
    "he_normal": partial(init.kaiming_normal_, nonlinearity="relu"),
    "orthogonal": init.orthogonal_,  # Saxe et al. 2014
    "normal": partial(init.normal_, std=0.02),
    "zeros": init.zeros_,  # every unit of a layer stays like its neighbours
}


def initialize(network: nn.Module, name: str) -> None:
    """Set the weights of every linear and convolutional layer in place."""
    if name == "default":
        return
    for layer in network.modules():
        if isinstance(layer, nn.Linear | _ConvNd):
            initializers[name](layer.weight)
            if layer.bias is not None:
                init.zeros_(layer.bias)
