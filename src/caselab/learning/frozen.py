"""What of a network stands still in a phase, and so is asked once of each row, not once an epoch.

A network that is an `nn.Sequential` is a row of layers, also where some of them are rows again. Those
before the first that learns answer alike in every epoch, unless the rows change or they forget
something at random.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from caselab.learning.batches import RowSource, Slices, Streamed

MOST_BYTES = 2**31
"""Of answers that take more than the rows they are of."""


@dataclass(frozen=True)
class Divided:
    """A network in a phase: `rest` takes what `fixed` answers; where nothing is fixed, the rows."""

    fixed: nn.Sequential | None
    rest: nn.Module


def divide(network: nn.Module) -> Divided:
    """Part a network whose phase is set (phases.py) at the first layer that learns."""
    layers = list(_layers(network))
    moving = [place for place, layer in enumerate(layers) if _moves(layer)]
    first = moving[0] if moving else len(layers)
    if not any(True for layer in layers[:first] for _ in layer.parameters()):
        return Divided(None, network)
    return Divided(nn.Sequential(*layers[:first]), nn.Sequential(*layers[first:]))


def answers(fixed: nn.Sequential, rows: RowSource, size: int, room: int) -> RowSource | None:
    """Return what fixed layers make of rows that lie on their device, `size` at a time.

    They lie in memory, or where they would take more than `room` bytes in a file without a name.
    None where they are larger than the rows and would take more than `MOST_BYTES`: the rows then are
    as well asked again.
    """
    n_rows = len(rows)
    first = _asked(fixed, rows, slice(0, 1))
    device, shape = first.device, (n_rows, *first.shape[1:])
    larger = first.nbytes > rows.take(slice(0, 1)).nbytes
    if larger and n_rows * first.nbytes > MOST_BYTES:
        return None
    kept: np.ndarray
    if n_rows * first.nbytes > room:
        with tempfile.TemporaryFile() as file:
            kept = np.memmap(file, np.float32, shape=shape)  # the file is there as long as it is
    else:
        kept = np.empty(shape, np.float32)
    for chosen in Slices(n_rows, size):
        kept[chosen] = _asked(fixed, rows, chosen).cpu().numpy()
    return Streamed(kept, None, np.float32).on(device, room)


def _asked(fixed: nn.Sequential, rows: RowSource, chosen: slice) -> torch.Tensor:
    with torch.inference_mode():
        found: torch.Tensor = fixed(rows.take(chosen))
    return found


def _layers(module: nn.Module) -> Iterator[nn.Module]:
    """Yield the layers of a row of layers, in the order in which they are called."""
    if not isinstance(module, nn.Sequential) or type(module).forward is not nn.Sequential.forward:
        yield module
        return
    for child in module:  # also one that comes twice, which children() names once
        yield from _layers(child)


def _moves(layer: nn.Module) -> bool:
    """Tell whether a layer's answers to a row may differ from epoch to epoch."""
    forgets = isinstance(layer, _DropoutNd) and layer.training
    return forgets or any(weights.requires_grad for weights in layer.parameters())
