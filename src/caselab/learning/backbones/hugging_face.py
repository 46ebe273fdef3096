"""Image models of Hugging Face: by their name on the hub, or a folder that holds one.

Only files of plain settings (JSON) and of weights (safetensors) are read, and no code of a model's
own is run. The package transformers is asked for where it is used alone.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import safetensors
import torch
import yaml
from torch import Tensor, nn

from caselab.data import transfers
from caselab.errors import UserError
from caselab.learning.backbones.backbone import Backbone
from caselab.learning.pretrained import check_fit

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, for a model that does not say what it was shown."""

LEAST_SIDE = 32
"""Pixels, of a model that takes any size."""


def described(name: str) -> dict[str, Any]:
    """Return a model's settings, what it was shown, its licence and the hash of its weights.

    Raises:
        UserError: it cannot be had, or is no image model with weights in safetensors.
    """
    folder = _folder(name)
    config = _read(name, folder / "config.json")
    if "model_type" not in config:
        raise UserError(
            f"{folder / 'config.json'} names no model_type, so it is no model of transformers."
        )
    shown = folder / "preprocessor_config.json"
    processor = _read(name, shown) if shown.exists() else {}
    channels = int(config.get("num_channels", 3))
    usual = (MEAN, DEVIATION) if channels == len(MEAN) else ((0.5,) * channels,) * 2
    mean, deviation = (
        processor.get(word, values)
        for word, values in zip(("image_mean", "image_std"), usual, strict=True)
    )
    if not processor.get("do_normalize", True):
        mean, deviation = (0.0,) * channels, (1.0,) * channels
    return {
        "config": json.dumps(config, sort_keys=True),
        "mean": [float(each) for each in mean],
        "deviation": [float(each) for each in deviation],
        "size": _size(processor, config),
        "licence": _licence(folder / "README.md"),
        "revision": folder.name if folder.parent.name == "snapshots" else "",
        "sha256": _digest(name, folder),
    }


def backbone(name: str, known: Mapping[str, Any], block: str) -> Backbone:
    """Return the model without its last layer, and its weights for a block of this name."""
    config = json.loads(known["config"])
    network = Model(name, config)
    size = known["size"]
    height, width = size or (LEAST_SIDE, LEAST_SIDE)
    with torch.device("meta"), torch.no_grad():
        shape = Model(name, config)(torch.zeros(1, len(known["mean"]), height, width)).shape
    return Backbone(
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
        library = _transformers(name)
        settings = library.AutoConfig.for_model(**config)
        self.model = _headless(library.AutoModel.from_config(settings))

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, n_features, height, width), or (batch, n_features, patches)."""
        found: Tensor = self.model(x).last_hidden_state
        return found.transpose(1, 2) if found.ndim == 3 else found


@dataclass(frozen=True)
class HuggingFaceWeights:
    """The weights of a model, for a block of a network."""

    name: str
    known: Mapping[str, Any]
    block: str

    def load_into(self, network: nn.Module) -> None:
        """Give the network's block the weights.

        Raises:
            UserError: they cannot be had, or are those of another network.
        """
        library, folder = _transformers(self.name), _folder(self.name)
        try:
            model, told = library.AutoModel.from_pretrained(
                folder,
                use_safetensors=True,
                local_files_only=True,
                dtype=torch.float32,
                ignore_mismatched_sizes=True,  # they are told of below, with what is missing
                output_loading_info=True,
            )
        except (OSError, RuntimeError, ValueError, safetensors.SafetensorError) as error:
            raise UserError(
                f"The weights in {folder} cannot be read ({' '.join(str(error).split()):.120}); "
                "bring the model again."
            ) from error
        block: Any = network.get_submodule(self.block)
        weights = _headless(model).state_dict()
        weights = {name: weights[name] for name in weights if name not in told["missing_keys"]}
        for name, shape, _ in told["mismatched_keys"]:
            weights[name] = torch.empty(shape, device="meta")
        check_fit(block.model, weights, self.name)
        block.model.load_state_dict(weights)

    def told(self) -> dict[str, str]:
        """Return what goes with a fitted network."""
        revision = f" at {self.known['revision'][:12]}" if self.known["revision"] else ""
        return {
            "origin": f"{self.name}{revision}, of Hugging Face",
            "licence": self.known["licence"],
            "sha256": self.known["sha256"],
        }


def _headless(model: Any) -> nn.Module:
    """Return a model whose state is all that its features come from, and nothing beside it."""
    pooler = getattr(model, "pooler", None)
    if pooler is not None and any(True for _ in pooler.parameters()):
        model.pooler = None  # learned for what the model was asked before
    for module in model.modules():
        module._non_persistent_buffers_set.clear()
    found: nn.Module = model
    return found


def _transformers(name: str) -> ModuleType:
    try:
        import transformers
    except ModuleNotFoundError as error:
        raise UserError(
            f"The backbone {name!r} is a model of Hugging Face, which needs the package "
            "transformers; install it (pip install transformers), or name efficientnet_lite0."
        ) from error
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    library: ModuleType = transformers
    return library


def _folder(name: str) -> Path:
    """Return where a model lies, after bringing it from the hub where it is no folder."""
    if Path(name).is_dir():
        return Path(name).resolve()
    _transformers(name)
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    repository, _, revision = name.partition("@")
    try:
        return Path(
            huggingface_hub.snapshot_download(
                repository,
                revision=revision or None,
                allow_patterns=["*.json", "*.safetensors", "README.md"],
            )
        )
    except LocalEntryNotFoundError as error:
        reason = "the hub cannot be reached, and it is not in its cache"
        raise _unavailable(name, reason) from error
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise _unavailable(name, str(error).strip().splitlines()[0]) from error


def _unavailable(name: str, reason: str) -> UserError:
    return UserError(
        f"The backbone {name!r} is no folder, and cannot be had from Hugging Face's hub ({reason}); "
        "check its name and the network, or name a folder that holds the model."
    )


def _read(name: str, file: Path) -> dict[str, Any]:
    """Read settings of a model."""
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(
            f"The backbone {name!r} has no {file.name}; name a folder that save_pretrained made."
        ) from error
    except ValueError as error:
        raise UserError(f"{file} is no JSON ({error}); bring the model again.") from error
    return found


def _size(processor: Mapping[str, Any], config: Mapping[str, Any]) -> list[int] | None:
    """Return height and width that a model was shown, if it says so."""
    size = processor.get("crop_size") or processor.get("size") or config.get("image_size")
    if isinstance(size, Mapping):
        size = [size[side] for side in ("height", "width") if side in size] or [*size.values()][:1]
    if not size:
        return None
    sides = [int(side) for side in (size if isinstance(size, list | tuple) else [size])]
    return sides if len(sides) == 2 else sides * 2


def _licence(card: Path) -> str:
    """Return the licence that a model's card tells in its head."""
    text = card.read_text(encoding="utf-8") if card.exists() else ""
    parts = text.split("---")
    try:
        head = yaml.safe_load(parts[1]) if text.startswith("---") and len(parts) > 2 else {}
    except yaml.YAMLError:
        head = {}
    return str(head.get("license", "not stated")) if isinstance(head, dict) else "not stated"


def _digest(name: str, folder: Path) -> str:
    """Return the hash of a model's weights, of several files together."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise UserError(
            f"The backbone {name!r} has no weights in safetensors; convert them "
            "(model.save_pretrained), or name another model."
        )
    digests = [transfers.sha256_of(file) for file in files]
    return digests[0] if len(files) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
