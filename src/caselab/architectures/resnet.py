"""Residual networks: blocks of convolutions that add to what they are given."""

from typing import Literal

from pydantic import PositiveFloat
from torch import Tensor, nn

from caselab.learning.estimators import LightningClassifier
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.convolutions import Stem, is_small, picture_shape, widened
from caselab.learning.training import Training

BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}
"""By the number of layers: the blocks of each stage."""


def classification(
    *,
    layers: Literal[18, 34, 50] = 18,
    width: PositiveFloat = 1.0,
    stem: Stem = "auto",
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(initialization="he_normal"),
    random_state: int,
) -> LightningClassifier:
    """Return ResNet-18, 34 or 50: the first has 11,689,512 parameters for 1,000 classes in colour.

    50 layers are of bottlenecks, whose stride lies in the 3 x 3 convolution (as is common since
    2016, the paper has it in the 1 x 1 before). `width` multiplies the channels. The `small` stem,
    which `auto` takes up to 64 pixels, convolves 3 x 3 at every pixel in place of 7 x 7 at every
    second, and does not pool after it. The pipeline's `features` must say `flatten: false`.

    Source: He, Zhang, Ren and Sun (2016), Deep residual learning for image recognition.
    """
    options = {"layers": layers, "width": width, "stem": stem}
    return LightningClassifier(ResNet, options, class_weight, training, random_state)


class ResNet(nn.Module):
    """A stem, four stages of residual blocks, the mean over the picture, and the output.

    Args:
        shape: channels, height and width; from 32 pixels on with the large stem, 8 with the small.
        n_outputs: of the last layer.
        activation: after each convolution and each sum.
        layers: 18, 34 or 50.
        width: multiplies the channels.
        stem: `large`, `small`, or `auto`: by the size of the pictures.

    Raises:
        UserError: the rows are no pictures, or too small.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        layers: int,
        width: float,
        stem: Stem,
    ):
        super().__init__()
        small = is_small(stem, shape)
        channels, _, _ = picture_shape("ResNet", shape, 8 if small else 32)
        n_maps = widened(64, width)
        self.conv1 = (
            nn.Conv2d(channels, n_maps, 3, padding=1, bias=False)
            if small
            else nn.Conv2d(channels, n_maps, 7, stride=2, padding=3, bias=False)
        )
        self.bn1 = nn.BatchNorm2d(n_maps)
        self.activation = activation()
        self.maxpool = nn.Identity() if small else nn.MaxPool2d(3, stride=2, padding=1)
        block = Bottleneck if layers >= 50 else BasicBlock
        planes = [widened(64 * 2**stage, width) for stage in range(4)]
        n_inputs = [n_maps, *(of_stage * block.expansion for of_stage in planes)]
        self.layer1, self.layer2, self.layer3, self.layer4 = (
            _stage(
                block,
                n_blocks,
                n_inputs[stage],
                planes[stage],
                stride=2 if stage else 1,
                activation=activation,
            )
            for stage, n_blocks in enumerate(BLOCKS[layers])
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(n_inputs[-1], n_outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, n_outputs) of pictures (batch, channels, height, width)."""
        x = self.maxpool(self.activation(self.bn1(self.conv1(x))))  # (batch, 64, ...)
        x = self.layer2(self.layer1(x))  # each stage has twice as many maps, half as high and wide
        x = self.layer4(self.layer3(x))
        x = self.avgpool(x)  # (batch, 512 * expansion, 1, 1)
        output: Tensor = self.fc(x.flatten(1))
        return output


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions, added to their input."""

    expansion = 1

    def __init__(self, n_inputs: int, planes: int, stride: int, activation: Activation):
        super().__init__()
        self.conv1 = nn.Conv2d(n_inputs, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = _shortcut(n_inputs, planes * self.expansion, stride)
        self.activation = activation()

    def forward(self, x: Tensor) -> Tensor:
        """Return maps (batch, planes, height / stride, width / stride)."""
        found = self.activation(self.bn1(self.conv1(x)))
        found = self.bn2(self.conv2(found))
        summed: Tensor = self.activation(found + self.downsample(x))
        return summed


class Bottleneck(nn.Module):
    """A 3 x 3 convolution between two of 1 x 1 that narrow and widen, added to their input."""

    expansion = 4

    def __init__(self, n_inputs: int, planes: int, stride: int, activation: Activation):
        super().__init__()
        n_outputs = planes * self.expansion
        self.conv1 = nn.Conv2d(n_inputs, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, n_outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(n_outputs)
        self.downsample = _shortcut(n_inputs, n_outputs, stride)
        self.activation = activation()

    def forward(self, x: Tensor) -> Tensor:
        """Return maps (batch, 4 * planes, height / stride, width / stride)."""
        found = self.activation(self.bn1(self.conv1(x)))
        found = self.activation(self.bn2(self.conv2(found)))
        found = self.bn3(self.conv3(found))
        summed: Tensor = self.activation(found + self.downsample(x))
        return summed


def _stage(
    block: type[BasicBlock | Bottleneck],
    n_blocks: int,
    n_inputs: int,
    planes: int,
    *,
    stride: int,
    activation: Activation,
) -> nn.Sequential:
    """Return blocks of which the first has the stride."""
    n_outputs = planes * block.expansion
    return nn.Sequential(
        block(n_inputs, planes, stride, activation),
        *(block(n_outputs, planes, 1, activation) for _ in range(1, n_blocks)),
    )


def _shortcut(n_inputs: int, n_outputs: int, stride: int) -> nn.Module:
    """Return what brings a block's input to the shape of its output; mostly nothing is to do."""
    if stride == 1 and n_inputs == n_outputs:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(n_inputs, n_outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(n_outputs)
    )
