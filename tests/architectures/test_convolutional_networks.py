"""The CNN family: as published at their published size, and fit for small pictures."""

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from caselab.architectures import alexnet, efficientnet, mobilenet, resnet, simple_cnn, vgg
from caselab.errors import UserError
from caselab.learning.layers.convolutions import widened
from caselab.learning.layers.efficientnet import MBConv

PHOTOGRAPH, CLASSES = (3, 224, 224), 1000
OF_TABLES = {"width": 1.0, "stem": "auto"}
DEFAULTS = {
    simple_cnn.SimpleCNN: {
        "channels": (32, 64),
        "hidden": 128,
        "dropout": 0.5,
        "batch_norm": False,
        "residual": False,
    },
    alexnet.AlexNet: OF_TABLES | {"dropout": 0.5},
    vgg.VGG: OF_TABLES | {"layers": 16, "batch_norm": False, "dropout": 0.5},
    resnet.ResNet: OF_TABLES | {"layers": 18},
    mobilenet.MobileNetV1: OF_TABLES | {"dropout": 0.2},
    mobilenet.MobileNetV2: OF_TABLES | {"dropout": 0.2},
    efficientnet.EfficientNet: OF_TABLES
    | {"version": "b0", "dropout": 0.2, "stochastic_depth": 0.2},
}
every_network = pytest.mark.parametrize("network", DEFAULTS)


def built(network, shape=PHOTOGRAPH, n_outputs=CLASSES, **options):
    return network(shape, n_outputs, nn.ReLU, **DEFAULTS[network] | options)


def parameters(network):
    return sum(weights.numel() for weights in network.parameters())


@pytest.mark.parametrize(
    ("network", "options", "published"),
    [
        (alexnet.AlexNet, {}, 61_100_840),
        (vgg.VGG, {"layers": 11}, 132_863_336),
        (vgg.VGG, {}, 138_357_544),
        (resnet.ResNet, {}, 11_689_512),
        (resnet.ResNet, {"layers": 34}, 21_797_672),
        (resnet.ResNet, {"layers": 50}, 25_557_032),
        (mobilenet.MobileNetV1, {}, 4_231_976),  # 4.2 million in the paper, its table 1 counted
        (mobilenet.MobileNetV2, {}, 3_504_872),
        (efficientnet.EfficientNet, {}, 5_288_548),
        (
            efficientnet.EfficientNet,
            {"version": "lite0"},
            4_652_008,
        ),  # counted in its weights' file
    ],
)
def test_they_have_as_many_parameters_as_published(network, options, published):
    with torch.device("meta"):
        assert parameters(built(network, **options)) == published


def test_the_simple_one_is_the_textbook_s():
    network = built(simple_cnn.SimpleCNN, (1, 28, 28), 10)
    assert parameters(network) == (9 * 32 + 32) + (9 * 32 * 64 + 64) + (49 * 64 * 128 + 128) + 1290


PUBLIC = (Path(__file__).parent / "public_checkpoints.txt").read_text().strip().split("\n\n")


@pytest.mark.parametrize("lines", [each.splitlines() for each in PUBLIC], ids=lambda each: each[0])
def test_a_public_checkpoint_s_tensors_have_these_names_and_shapes(lines):
    """The names and shapes of torchvision 0.26's state dicts, a network a paragraph."""
    with torch.device("meta"):
        network = {
            "alexnet": lambda: built(alexnet.AlexNet),
            "vgg11": lambda: built(vgg.VGG, layers=11),
            "vgg16": lambda: built(vgg.VGG),
            "vgg16_bn": lambda: built(vgg.VGG, batch_norm=True),
            "resnet18": lambda: built(resnet.ResNet),
            "resnet34": lambda: built(resnet.ResNet, layers=34),
            "resnet50": lambda: built(resnet.ResNet, layers=50),
            "mobilenet_v2": lambda: built(mobilenet.MobileNetV2),
            "efficientnet_b0": lambda: built(efficientnet.EfficientNet),
        }[lines[0]]()
    found = [
        f"{name} {'x'.join(map(str, tensor.shape))}".strip()
        for name, tensor in network.state_dict().items()
    ]
    assert found == lines[1:]


@every_network
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (3, 17, 40)])
def test_small_pictures_keep_some_of_their_places(network, shape):
    """The stem for small pictures: what reaches the last layer knows of more than the mean."""
    small = built(network, shape, 5, **({"width": 0.125} if "width" in DEFAULTS[network] else {}))
    assert small.eval()(torch.zeros(2, *shape)).shape == (2, 5)


@every_network
def test_what_is_no_picture_or_too_small_is_refused(network):
    with pytest.raises(UserError, match=r"set features.flatten to false"):
        built(network, (784,))
    with pytest.raises(UserError, match=r"at least (\d+) x \1 pixels, and these have 28 x 3;"):
        built(network, (1, 28, 3))


@every_network
def test_the_least_side_that_is_told_is_the_least_that_works(network):
    with pytest.raises(UserError) as refused:
        built(network, (1, 1, 1))
    least = int(str(refused.value).partition("at least ")[2].split()[0])
    narrow = {"width": 0.125} if "width" in DEFAULTS[network] else {}
    assert built(network, (1, least, least), 2, **narrow).eval()(
        torch.zeros(1, 1, least, least)
    ).shape == (1, 2)


def test_a_picture_for_the_large_stem_may_be_of_its_least_side():
    for network in DEFAULTS:
        if "stem" not in DEFAULTS[network]:
            continue
        with pytest.raises(UserError) as refused:
            built(network, (1, 1, 1), stem="large")
        least = int(str(refused.value).partition("at least ")[2].split()[0])
        made = built(network, (1, least, least), 2, stem="large", width=0.125).eval()
        assert made(torch.zeros(1, 1, least, least)).shape == (1, 2)


@pytest.mark.parametrize(
    ("channels", "width", "expected"), [(64, 1, 64), (32, 0.5, 16), (24, 0.35, 8), (16, 1.1, 16)]
)
def test_widths_are_rounded_as_by_mobilenet_s_authors(channels, width, expected):
    assert widened(channels, width, 8) == expected
    assert widened(channels, width) == math.floor(channels * width + 0.5)


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_depth_norm_and_shortcuts_of_the_simple_one_can_be_said(depth, residual, batch_norm):
    options = {"channels": (8,) * depth, "residual": residual, "batch_norm": batch_norm}
    network = built(simple_cnn.SimpleCNN, (1, 28, 28), 3, **options)
    kinds = [type(module) for module in network.modules()]
    assert kinds.count(nn.BatchNorm2d) == depth * batch_norm
    assert kinds.count(nn.Conv2d) == depth + residual  # the first goes from one channel to eight
    assert network(torch.zeros(2, 1, 28, 28)).shape == (2, 3)


def test_a_shortcut_adds_what_came_in():
    block = simple_cnn.Convolution(3, 3, nn.Identity, batch_norm=False, residual=True)
    nn.init.zeros_(block.conv.weight)
    nn.init.zeros_(block.conv.bias)
    x = torch.randn(2, 3, 5, 5)
    assert torch.equal(block(x), x)


def test_blocks_are_skipped_at_random_while_learning_only():
    torch.manual_seed(0)
    block = MBConv(4, 4, 3, 1, 2, nn.SiLU, skipped=0.5)
    x = torch.randn(64, 4, 6, 6)
    with torch.no_grad():
        block.eval()
        assert not (block(x) == x).all((1, 2, 3)).any()
        block.train()
        skipped = (block(x) == x).all((1, 2, 3))
    assert 16 < skipped.sum() < 48
