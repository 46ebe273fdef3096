"""Image models of Hugging Face."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from caselab.learning.backbones.hugging_face import files
from caselab.learning.backbones.hugging_face.weights import HuggingFaceWeights, built
from caselab.learning.backbones.pictures import PictureBackbone

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, for a model that does not say what it was shown."""

LEAST_SIDE = 32
"""Pixels, of a model that takes any size."""


def shown(name: str, folder: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return mean, deviation and size of the pictures that a model was shown."""
    file = folder / "preprocessor_config.json"
    processor = files.read(name, file) if file.exists() else {}
    channels = int(config.get("num_channels", 3))
    usual = (MEAN, DEVIATION) if channels == len(MEAN) else ((0.5,) * channels,) * 2
    mean, deviation = (
        processor.get(word, values)
        for word, values in zip(("image_mean", "image_std"), usual, strict=True)
    )
    if not processor.get("do_normalize", True):
        mean, deviation = (0.0,) * channels, (1.0,) * channels
    return {
        "mean": [float(each) for each in mean],
        "deviation": [float(each) for each in deviation],
        "size": _size(processor, config),
    }


def backbone(name: str, known: Mapping[str, Any], block: str) -> PictureBackbone:
    """Return the model without its last layer, and its weights for a block of this name."""
    config = json.loads(known["config"])
    network = Model(name, config)
    size = known["size"]
    height, width = size or (LEAST_SIDE, LEAST_SIDE)
    with torch.device("meta"), torch.no_grad():
        shape = Model(name, config)(torch.zeros(1, len(known["mean"]), height, width)).shape
    return PictureBackbone(
        network=network,
        n_features=shape[1],
        weights=HuggingFaceWeights(name, known, block),
        mean=known["mean"],
        deviation=known["deviation"],
        least_side=LEAST_SIDE,
        size=None if size is None else (height, width),
    )


class Model(nn.Module):
    """A model of transformers: from pictures to its last maps, or to the states of its patches."""

    def __init__(self, name: str, config: Mapping[str, Any]):
        super().__init__()
        self.model = built(name, config)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, n_features, height, width), or (batch, n_features, patches)."""
        found: Tensor = self.model(x).last_hidden_state
        return found.transpose(1, 2) if found.ndim == 3 else found


def _size(processor: Mapping[str, Any], config: Mapping[str, Any]) -> list[int] | None:
    """Return height and width that a model was shown, if it says so."""
    size = processor.get("crop_size") or processor.get("size") or config.get("image_size")
    if isinstance(size, Mapping):
        size = [size[side] for side in ("height", "width") if side in size] or [*size.values()][:1]
    if not size:
        return None
    sides = [int(side) for side in (size if isinstance(size, list | tuple) else [size])]
    return sides if len(sides) == 2 else sides * 2
