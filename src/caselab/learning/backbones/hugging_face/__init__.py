"""Models of Hugging Face: by their name on the hub, or a folder that holds one.

What has a tokenizer and says nothing of pictures reads texts, all others read pictures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from caselab.errors import UserError
from caselab.learning.backbones.hugging_face import files, pictures, texts
from caselab.learning.backbones.pictures import PictureBackbone
from caselab.learning.backbones.texts import TextBackbone


def described(name: str) -> dict[str, Any]:
    """Return a model's settings, what it was shown, its licence and the hash of its weights.

    Raises:
        UserError: it cannot be had, or has no weights in safetensors.
    """
    folder = files.folder(name)
    config = files.read(name, folder / "config.json")
    if "model_type" not in config:
        raise UserError(
            f"{folder / 'config.json'} names no model_type, so it is no model of transformers."
        )
    of_pictures = (folder / "preprocessor_config.json").exists()
    reads = pictures if of_pictures or not (folder / texts.TOKENIZER).exists() else texts
    return {
        "config": json.dumps(config, sort_keys=True),
        **reads.shown(name, folder, config),
        "licence": files.licence(folder / "README.md"),
        "revision": folder.name if folder.parent.name == "snapshots" else "",
        "sha256": files.digest(name, folder),
    }


def backbone(name: str, known: Mapping[str, Any], block: str) -> PictureBackbone | TextBackbone:
    """Return the model without its last layer, and its weights for a block of this name."""
    reads = texts if "n_ids" in known else pictures
    return reads.backbone(name, known, block)


def tokenizer(name: str) -> str:
    """Return what cuts texts into the subwords that a model reads, as JSON of `tokenizers`.

    Raises:
        UserError: it cannot be had.
    """
    return texts.tokenizer(name)
