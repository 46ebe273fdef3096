import numpy as np
import pytest
import torch
from torch import nn

from caselab.architectures import lenet
from caselab.errors import UserError
from caselab.learning.training import Training
from caselab.storage import archives


def network(shape=(1, 28, 28), n_outputs=10, pooling="average"):
    return lenet.LeNet5(shape, n_outputs, nn.Tanh, pooling=pooling, dropout=0.0)


def parameters(network):
    return sum(weights.numel() for weights in network.parameters())


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_it_has_the_parameters_that_are_commonly_counted(pooling):
    assert parameters(network(pooling=pooling)) == 61_706
    layers = [156, 2_416, 48_120, 10_164, 850]  # C1, C3, C5, F6, output
    assert [
        parameters(layer)
        for layer in network().modules()
        if isinstance(layer, nn.Conv2d | nn.Linear)
    ] == layers


@pytest.mark.parametrize("shape", [(1, 12, 12), (3, 13, 40), (1, 28, 28), (4, 33, 31), (3, 64, 64)])
def test_it_reads_pictures_of_any_size_and_depth(shape):
    assert network(shape, 3)(torch.zeros(2, *shape)).shape == (2, 3)


def test_too_small_a_picture_and_a_flat_row_are_refused():
    with pytest.raises(UserError, match="at least 12 x 12 pixels, and these have 28 x 11"):
        network((1, 28, 11))
    with pytest.raises(UserError, match=r"set features.flatten to false"):
        network((784,))


def test_it_tells_lying_from_standing_bars_wherever_they_are():
    """Rows of pixels alone cannot: each pixel is as often lit in either class."""
    random = np.random.default_rng(0)
    X = random.normal(0, 0.1, (400, 1, 12, 12)).astype(np.float32)
    lying = random.random(400) < 0.5
    for picture, place, lies in zip(X[:, 0], random.integers(12, size=400), lying, strict=True):
        picture[place, :] += lies
        picture[:, place] += not lies
    training = Training(max_epochs=8, batch_size=20, learning_rate=0.003, accelerator="cpu")
    estimator = lenet.classification(pooling="max", training=training, random_state=0)
    estimator.fit(X[:300], lying[:300])
    assert estimator.score(X[300:], lying[300:]) > 0.95
    state = estimator.detach_state()
    again = archives.loads(archives.dumps(estimator, note={}))
    again.attach_state(state)
    estimator.attach_state(state)
    np.testing.assert_array_equal(again.predict_proba(X), estimator.predict_proba(X))
