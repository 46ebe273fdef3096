"""Networks that others have trained, without their last layer: for pictures, and for texts.

A file of this folder knows one, and what it must be given. `efficientnet_lite0`, for pictures, and
`minilm`, for texts, have their weights in packages; any other name is a model of Hugging Face's hub,
or a folder that holds one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from torch import nn

from caselab.data import downloads
from caselab.data.downloads import UnavailableError
from caselab.errors import UserError
from caselab.learning.pretrained import Weights

PICTURES, TEXTS = "efficientnet_lite0", "minilm"
"""Those that come in packages."""


class Backbone(Protocol):
    """A network without its last layer: see pictures.py and texts.py."""

    @property
    def n_features(self) -> int:
        """How many it finds."""

    @property
    def weights(self) -> Weights:
        """What others have trained it to."""

    def check(self, name: str, X: Any) -> None:
        """Refuse rows that are not what it was trained on."""

    def layers(self, name: str, shape: tuple[int, ...]) -> dict[str, nn.Module]:
        """Return what takes rows of a shape to features (batch, n_features), by name."""


def described(name: str) -> dict[str, Any]:
    """Return what must be kept of a backbone to build it again where its files are not.

    Raises:
        UserError: it cannot be had.
    """
    if name in {PICTURES, TEXTS}:
        return {}
    from caselab.learning.backbones import hugging_face

    return hugging_face.described(name)


def load(name: str, known: Mapping[str, Any], block: str) -> Backbone:
    """Return a backbone with weights drawn at random, and those that belong into them.

    Args:
        name: `efficientnet_lite0`, `minilm`, a model of the hub, or a folder.
        known: what `described` has returned.
        block: of the network that it will be part of.
    """
    if name == PICTURES:
        from caselab.learning.backbones import efficientnet_lite0

        return efficientnet_lite0.backbone(block)
    if name == TEXTS:
        from caselab.learning.backbones import minilm

        return minilm.backbone(block)
    from caselab.learning.backbones import hugging_face

    return hugging_face.backbone(name, known, block)


def tokenizer(name: str) -> str:
    """Return what cuts texts into the subwords that a backbone reads, as JSON of `tokenizers`.

    Raises:
        UserError: it cannot be had, or the backbone reads no texts.
    """
    if name == PICTURES:
        raise UserError(
            f"The backbone {name!r} reads pictures, and no texts; name {TEXTS}, or a model of "
            "Hugging Face that reads texts."
        )
    if name != TEXTS:
        from caselab.learning.backbones import hugging_face

        return hugging_face.tokenizer(name)
    from caselab.learning.backbones import minilm

    file = minilm.tokenizer()
    try:
        return downloads.fetch(file).read_text(encoding="utf-8")
    except UnavailableError as error:
        raise UserError(
            f"The tokenizer of the backbone {name!r} cannot be had ({file.place}: {error}); bring "
            "the file there, or name a folder that holds another model."
        ) from error


__all__ = ["PICTURES", "TEXTS", "Backbone", "described", "load", "tokenizer"]
