"""Transfer learning: a network that others have trained, with a last layer of our own."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from annotated_types import Interval
from pydantic import PositiveFloat
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from caselab.learning.backbones.features import Features
from caselab.learning.estimators import LightningClassifier
from caselab.learning.layers.activations import Activation
from caselab.learning.training import Phase, Training
from caselab.params.search import Between


def classification(
    *,
    backbone: str = "efficientnet_lite0",
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.5)] = 0.2,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(
        phases=(
            Phase(epochs=10, learn=("head",)),
            Phase(epochs=10, learning_rate=1e-4),
        )
    ),
    random_state: int,
) -> LightningClassifier:
    """Return a trained `backbone` whose last layer is learned first, and then the rest more slowly.

    `efficientnet_lite0` was trained on pictures (ImageNet), `minilm` on sentences; their weights come
    with packages. Any other name is a model of Hugging Face's hub, `microsoft/resnet-18` or
    `distilbert-base-uncased`, at a revision if you like (`name@revision`), or a folder that holds
    one. Phases name its blocks: `head`, and `backbone` or what lies in it; means and deviations of
    its norms stay as they are. What stands still in a phase answers each row once, unless pictures
    are changed at random. `dropout` is of what the last layer is given.

    Pictures are shown in the size, the channels and the scale that it was trained on; the pipeline's
    `features` must say `flatten: false`, and leave `scale` at `unit`. For texts they must say
    `represent: subwords`, and name the same `backbone`.

    Source: Yosinski, Clune, Bengio and Lipson (2014), How transferable are features in deep neural
    networks?; Kornblith, Shlens and Le (2019), Do better ImageNet models transfer better?; Devlin,
    Chang, Lee and Toutanova (2019), BERT; Wang et al. (2020), MiniLM.
    """
    options = {"backbone": backbone, "dropout": dropout}
    return LightningClassifier(FineTuned, options, class_weight, training, random_state)


class FineTuned(Features):
    """A backbone's features, and the last layer.

    Args:
        shape: channels, height and width of pictures, or places of texts.
        n_outputs: of the last layer.
        activation: not used: the backbone has its own.
        backbone: its name.
        dropout: of what the last layer is given.
        known: what must be kept of the backbone's files.

    Raises:
        UserError: the rows are not what the backbone can read.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        backbone: str,
        dropout: float,
        known: Mapping[str, Any],
    ):
        super().__init__(shape, n_outputs, activation, backbone=backbone, known=known)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(self.n_features, n_outputs))

    def train(self, mode: bool = True) -> Self:
        """Have the backbone's norms answer as in use; few rows would disturb their means."""
        super().train(mode)
        for layer in self.get_submodule("backbone").modules():
            if isinstance(layer, _BatchNorm):
                layer.eval()
        return self
