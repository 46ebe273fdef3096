"""The weights of a model of transformers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import safetensors
import torch
from torch import nn

from caselab.errors import UserError
from caselab.learning.backbones.hugging_face import files
from caselab.learning.pretrained import check_fit


def built(name: str, config: Mapping[str, Any]) -> nn.Module:
    """Return a model with weights drawn at random."""
    library = files.transformers(name)
    return _headless(library.AutoModel.from_config(library.AutoConfig.for_model(**config)))


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
        library, folder = files.transformers(self.name), files.folder(self.name)
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
