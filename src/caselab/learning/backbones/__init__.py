"""Networks for pictures that others have trained, without their last layer.

A file of this folder knows one, and what it must be given. `efficientnet_lite0` has its weights in a
package; any other name is a model of Hugging Face's hub, or a folder that holds one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from caselab.learning.backbones.backbone import Backbone

BUNDLED = "efficientnet_lite0"


def described(name: str) -> dict[str, Any]:
    """Return what must be kept of a backbone to build it again where its files are not.

    Raises:
        UserError: it cannot be had.
    """
    if name == BUNDLED:
        return {}
    from caselab.learning.backbones import hugging_face

    return hugging_face.described(name)


def load(name: str, known: Mapping[str, Any], block: str) -> Backbone:
    """Return a backbone with weights drawn at random, and those that belong into them.

    Args:
        name: `efficientnet_lite0`, a model of the hub, or a folder.
        known: what `described` has returned.
        block: of the network that it will be part of.
    """
    if name == BUNDLED:
        from caselab.learning.backbones import efficientnet_lite0

        return efficientnet_lite0.backbone(block)
    from caselab.learning.backbones import hugging_face

    return hugging_face.backbone(name, known, block)


__all__ = ["BUNDLED", "Backbone", "described", "load"]
