"""Models of Hugging Face that read texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from caselab.learning.backbones.hugging_face import files
from caselab.learning.backbones.hugging_face.weights import HuggingFaceWeights, built
from caselab.learning.backbones.texts import TextBackbone
from caselab.learning.vocabulary import PADDING

TOKENIZER = "tokenizer.json"


def shown(name: str, folder: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return how many numbers a tokenizer gives, the first of a text, and the longest text.

    Raises:
        UserError: the tokenizer's file is none.
    """
    from tokenizers import Tokenizer

    said = folder / "tokenizer_config.json"
    most = files.read(name, said).get("model_max_length") if said.exists() else None
    cut = Tokenizer.from_str(tokenizer(name))
    of_nothing = cut.encode("").ids
    return {
        "n_ids": int(config["vocab_size"]),
        "longest": int(min(most or 10**9, config.get("max_position_embeddings", 512))),
        "start": of_nothing[0] if of_nothing else None,
    }


def tokenizer(name: str) -> str:
    """Return what cuts texts into subwords, as JSON of `tokenizers`.

    Raises:
        UserError: the model has none.
    """
    file = files.folder(name) / TOKENIZER
    files.read(name, file)
    return file.read_text(encoding="utf-8")


def backbone(name: str, known: Mapping[str, Any], block: str) -> TextBackbone:
    """Return the model without its last layer, and its weights for a block of this name."""
    network = Model(name, json.loads(known["config"]))
    return TextBackbone(
        network=network,
        n_features=network.n_features,
        weights=HuggingFaceWeights(name, known, block),
        n_ids=known["n_ids"],
        longest=known["longest"],
        start=known["start"],
    )


class Model(nn.Module):
    """A model of transformers: from ids of subwords to their states."""

    def __init__(self, name: str, config: Mapping[str, Any]):
        super().__init__()
        model: Any = built(name, config)
        self.model = model
        self.n_features: int = model.config.hidden_size

    def forward(self, ids: Tensor) -> Tensor:
        """Return states (batch, places, n_features) of ids (batch, places); zeros at padding."""
        kept = ids != PADDING
        longest = max(1, int(kept.sum(1).max()))
        number = (ids[:, :longest].long() - 1).clamp(min=0)
        looked_at = kept[:, :longest]
        states: Tensor = self.model(
            input_ids=number, attention_mask=looked_at.long()
        ).last_hidden_state
        return F.pad(states * looked_at.unsqueeze(2), (0, 0, 0, ids.shape[1] - longest))
