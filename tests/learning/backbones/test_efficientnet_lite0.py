"""Lite0's file under our names, and our layers against those that the file was made for."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from caselab.learning.backbones import efficientnet_lite0
from caselab.learning.pretrained import check_fit

TABLE = (  # stage by stage: blocks, kernel, stride, expansion, input and output channels
    (1, 3, 1, 1, 32, 16), (2, 3, 2, 6, 16, 24), (2, 5, 2, 6, 24, 40), (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112), (4, 5, 2, 6, 112, 192), (1, 3, 1, 6, 192, 320),
)  # fmt: skip


def blocks():
    for n_blocks, kernel, stride, expansion, n_inputs, n_outputs in TABLE:
        for number in range(n_blocks):
            given = n_inputs if number == 0 else n_outputs
            yield kernel, stride if number == 0 else 1, expansion, given, n_outputs


@pytest.fixture(scope="module")
def file():
    """Return weights drawn at random, by the names that the package's file has."""
    random, weights = torch.Generator().manual_seed(0), {}

    def convolution(name, n_outputs, n_inputs, kernel):
        size = (n_outputs, n_inputs, kernel, kernel)
        spread = (2 / (n_inputs * kernel**2)) ** 0.5
        weights[f"{name}.weight"] = spread * torch.randn(size, generator=random)

    def norm(name, n):
        for kind in ("weight", "bias", "running_mean", "running_var"):
            drawn = torch.rand(n, generator=random) / 4
            weights[f"{name}.{kind}"] = drawn + (1 if kind in {"weight", "running_var"} else 0)
        weights[f"{name}.num_batches_tracked"] = torch.tensor(1)

    convolution("_conv_stem", 32, 3, 3)
    norm("_bn0", 32)
    for number, (kernel, _, expansion, n_inputs, n_outputs) in enumerate(blocks()):
        n_wide = n_inputs * expansion
        if expansion > 1:
            convolution(f"_blocks.{number}._expand_conv", n_wide, n_inputs, 1)
            norm(f"_blocks.{number}._bn0", n_wide)
        convolution(f"_blocks.{number}._depthwise_conv", n_wide, 1, kernel)
        norm(f"_blocks.{number}._bn1", n_wide)
        convolution(f"_blocks.{number}._project_conv", n_outputs, n_wide, 1)
        norm(f"_blocks.{number}._bn2", n_outputs)
    convolution("_conv_head", 1280, 320, 1)
    norm("_bn1", 1280)
    weights["_fc.weight"], weights["_fc.bias"] = torch.zeros(1000, 1280), torch.zeros(1000)
    return weights


def as_in_tensorflow(x, weights):
    """Return what the network whose names the file has makes of pictures, step by step."""

    def convolved(name, x, stride=1):
        kernel = weights[f"{name}.weight"]
        side, groups = kernel.shape[2], x.shape[1] // kernel.shape[1]
        padding = []
        for length in (x.shape[3], x.shape[2]):
            total = max((int(np.ceil(length / stride)) - 1) * stride + side - length, 0)
            padding += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, padding), kernel, stride=stride, groups=groups)

    def normal(name, x):
        kinds = ("running_mean", "running_var", "weight", "bias")
        return F.batch_norm(x, *(weights[f"{name}.{kind}"] for kind in kinds), eps=1e-3)

    x = F.relu6(normal("_bn0", convolved("_conv_stem", x, 2)))
    for number, (_, stride, expansion, n_inputs, n_outputs) in enumerate(blocks()):
        came, name = x, f"_blocks.{number}"
        if expansion > 1:
            x = F.relu6(normal(f"{name}._bn0", convolved(f"{name}._expand_conv", x)))
        x = F.relu6(normal(f"{name}._bn1", convolved(f"{name}._depthwise_conv", x, stride)))
        x = normal(f"{name}._bn2", convolved(f"{name}._project_conv", x))
        x = x + came if stride == 1 and n_inputs == n_outputs else x
    return F.relu6(normal("_bn1", convolved("_conv_head", x)))


@pytest.mark.parametrize("shape", [(64, 64), (45, 71)])
def test_the_file_s_weights_answer_as_in_the_network_they_were_learned_in(file, shape):
    network = efficientnet_lite0.backbone("").network.eval()
    weights = efficientnet_lite0.renamed(file)
    check_fit(network, weights, "the file")
    network.load_state_dict(weights)
    x = torch.randn(2, 3, *shape, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found, expected = network(x), as_in_tensorflow(x, file)
    assert found.shape[:2] == (2, 1280)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    assert 0.05 < (expected > 0).float().mean() < 0.95  # neither all nor nothing comes through


def test_pixels_are_brought_to_what_the_network_was_shown():
    backbone = efficientnet_lite0.backbone("")
    normal = backbone.layers("Lite0", (1, 40, 40))["input"]
    pixels = torch.arange(256).float().reshape(1, 1, 16, 16) / 255
    shown = normal(pixels)
    assert shown.shape == (1, 3, 16, 16)  # a grey picture, to each channel
    torch.testing.assert_close(shown[0, 1], (255 * pixels[0, 0] - 127) / 128)
