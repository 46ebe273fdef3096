"""Pretrained weights: a file of known content that a network starts from.

A network names it beside its `input_dtype`:

    pretrained = Pretrained(block="backbone", files=(bundled(path, sha256),), licence=..., origin=...)

`data/downloads.py` has the places that a file can come from: `bundled` with the project, `url`,
`wheel_member`, `npm_member`, `debian_member`.

It is read once, when training starts. A fitted network holds all its weights itself, so that what
answers never asks for the file; licence and origin stay with it (`pretrained_`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import safetensors.torch
import torch
from torch import Tensor, nn

from caselab.data import downloads
from caselab.data.downloads import File, UnavailableError
from caselab.errors import UserError


class Weights(Protocol):
    """What a network names as `pretrained`."""

    def load_into(self, network: nn.Module) -> None:
        """Give the network, or a block of it, the weights."""

    def told(self) -> dict[str, str]:
        """Return what goes with a fitted network: origin, licence, sha256."""


@dataclass(frozen=True)
class Pretrained:
    """Weights that somebody else has trained, and what must be told of them.

    Args:
        files: places of the same file, tried in order; each with its SHA-256.
        licence: by which they may be used.
        origin: who trained them, on what.
        block: the part of the network that they are the state of; empty: all of it.
        renamed: gives the file's weights the names that the block has for them, and leaves out
            those that it has no place for.
    """

    files: tuple[File, ...]
    licence: str
    origin: str
    block: str = ""
    renamed: Callable[[dict[str, Tensor]], dict[str, Tensor]] | None = None

    def read(self) -> dict[str, Tensor]:
        """Return the weights by name.

        Raises:
            UserError: the file cannot be had, has changed, or holds more than weights.
        """
        reasons = []
        for file in self.files:
            try:
                return weights(downloads.fetch(file))
            except UnavailableError as error:
                reasons.append(f"{file.place}: {error}")
        raise UserError(
            f"The pretrained weights of {self.origin} cannot be had ({'; '.join(reasons)}); bring "
            "the file there, or choose an architecture without them."
        )

    def load_into(self, network: nn.Module) -> None:
        """Give the network's block the weights.

        Raises:
            UserError: they cannot be had, or are those of another network.
        """
        block = network.get_submodule(self.block)
        weights = self.read()
        if self.renamed is not None:
            weights = self.renamed(weights)
        check_fit(block, weights, self.origin)
        block.load_state_dict(weights)

    def told(self) -> dict[str, str]:
        """Return what goes with a fitted network."""
        return {"origin": self.origin, "licence": self.licence, "sha256": self.files[0].sha256}


def start_from(network: nn.Module) -> dict[str, str]:
    """Give a network its pretrained weights, if it names any; return what is to be told of them."""
    pretrained: Any = getattr(network, "pretrained", None)
    if pretrained is None:
        return {}
    pretrained.load_into(network)
    told: dict[str, str] = pretrained.told()
    return told


def check_fit(block: nn.Module, weights: Mapping[str, Tensor], origin: str) -> None:
    """Refuse weights that are not those of a block, by their names and shapes.

    Raises:
        UserError: they are not; it names the tensors.
    """
    own = block.state_dict()
    lacks = own.keys() - weights.keys()
    of_others = weights.keys() - own.keys()
    reshaped = [
        f"{name} of {tuple(weights[name].shape)} in place of {tuple(own[name].shape)}"
        for name in own
        if name in weights and weights[name].shape != own[name].shape
    ]
    told = [
        f"{what} {_listed(names)}"
        for what, names in (
            ("they lack", sorted(lacks)),
            ("it has no", sorted(of_others)),
            ("they have", reshaped),
        )
        if names
    ]
    if told:
        raise UserError(
            f"The pretrained weights of {origin} are not those of {type(block).__name__} "
            f"({'; '.join(told)}); name the file that belongs to it."
        )


def _listed(names: Iterable[str], most: int = 3) -> str:
    names = list(names)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def weights(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file, or one of torch's that holds tensors alone."""
    try:
        return safetensors.torch.load_file(path)
    except safetensors.SafetensorError:
        pass
    try:
        weights: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a foreign file can break torch's reader anywhere
        raise UserError(
            f"{path} is no file of weights ({' '.join(str(error).split()):.120}); name a "
            "safetensors file, or one that torch.load reads with weights_only."
        ) from error
    return weights
