"""Pretrained weights: a file of known content that a network starts from.

A network names it beside its `input_dtype`:

    pretrained = Pretrained(block="backbone", files=(bundled(path, sha256),), licence=..., origin=...)

`data/downloads.py` has the places that a file can come from: `bundled` with the project, `url`,
`wheel_member`, `npm_member`, `debian_member`.

It is read once, when training starts. A fitted network holds all its weights itself, so that what
answers never asks for the file; licence and origin stay with it (`pretrained_`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from caselab.data import downloads
from caselab.data.downloads import File, UnavailableError
from caselab.errors import UserError


@dataclass(frozen=True)
class Pretrained:
    """Weights that somebody else has trained, and what must be told of them.

    Args:
        files: places of the same file, tried in order; each with its SHA-256.
        licence: by which they may be used.
        origin: who trained them, on what.
        block: the part of the network that they are the state of; empty: all of it.
    """

    files: tuple[File, ...]
    licence: str
    origin: str
    block: str = ""

    def read(self) -> dict[str, Tensor]:
        """Return the weights by name.

        Raises:
            UserError: the file cannot be had, has changed, or holds more than weights.
        """
        reasons = []
        for file in self.files:
            try:
                return _weights(downloads.fetch(file))
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
        try:
            block.load_state_dict(self.read())
        except RuntimeError as error:  # torch's for names or shapes that do not match
            reason = " ".join(str(error).split())
            raise UserError(
                f"The pretrained weights of {self.origin} are not those of "
                f"{type(block).__name__} ({reason:.200}); name the file that belongs to it."
            ) from error

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


def _weights(path: Path) -> dict[str, Tensor]:
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
