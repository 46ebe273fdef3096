"""The weights that a package ships; skipped where they are out of reach."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from sklearn.datasets import load_sample_image

from caselab.data import downloads
from caselab.learning import pretrained
from caselab.learning.backbones import efficientnet_lite0

DAISY, PALACE = 985, 698  # of ImageNet's thousand classes


@pytest.mark.parametrize(("name", "label"), [("flower.jpg", DAISY), ("china.jpg", PALACE)])
def test_lite0_knows_what_photographs_show(name, label):
    """By the file's own last layer, of which a backbone makes no use."""
    backbone = efficientnet_lite0.backbone("")
    (file,) = backbone.weights.files
    try:
        weights = pretrained.weights(downloads.fetch(file))
    except downloads.UnavailableError as error:
        pytest.skip(f"{file.place}: {error}")
    backbone.weights.load_into(backbone.network)
    photograph = ImageOps.fit(Image.fromarray(load_sample_image(name)), (224, 224))
    pixels = torch.tensor(np.asarray(photograph)).permute(2, 0, 1) / 255
    layers = torch.nn.Sequential(*backbone.layers("Lite0", (3, 224, 224)).values()).eval()
    with torch.no_grad():
        logits = layers(pixels[None]) @ weights["_fc.weight"].T + weights["_fc.bias"]
    assert logits.argmax() == label
