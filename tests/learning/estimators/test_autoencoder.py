"""What every autoencoder keeps as an estimator, whichever its code: as test_networks.py has it of others."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from caselab import learning
from caselab.learning.estimators import LightningAutoencoder
from caselab.learning.layers.autoencoders import Autoencoder, VariationalAutoencoder
from caselab.learning.losses import regression
from caselab.learning.objectives import Batch, Own, Supervised
from caselab.learning.training import Training

KINDS = {
    "linear": (Autoencoder, {"hidden": ()}),
    "dense": (Autoencoder, {"hidden": (16,)}),
    "convolutional": (Autoencoder, {"hidden": (), "filters": (4, 8)}),
    "masked": (Autoencoder, {"hidden": (16,), "corruption": "masking", "corruption_level": 0.1}),
    "sparse": (Autoencoder, {"n_codes": 80, "hidden": (), "overcomplete": True, "penalty": "l1"}),
    "active": (Autoencoder, {"hidden": (16,), "penalty": "kl", "penalty_weight": 1e-4}),
    "contractive": (Autoencoder, {"hidden": (16,), "penalty": "contractive"}),
    "variational": (VariationalAutoencoder, {"hidden": (16,), "warmup": 0.5, "beta": 0.01}),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


@pytest.fixture(scope="module")
def pictures():
    """Return 32 pictures (1, 8, 8) of a bright square somewhere."""
    drawn = 0.1 * np.random.default_rng(0).random((32, 1, 8, 8), dtype=np.float32)
    for number, picture in enumerate(drawn):
        y, x = divmod(number % 16, 4)
        picture[0, y : y + 4, x : x + 4] += 0.8
    return drawn


def unfitted(kind, **training):
    network, options = kind
    words = {"accelerator": "cpu", "weight_decay": 0, "validation_fraction": 0, **training}
    return LightningAutoencoder(network, {"n_codes": 8, **options}, Training(**words), 0)


def test_every_weight_learns(kind, pictures):
    model = unfitted(kind, max_epochs=1, activation="tanh").fit(pictures)
    network = model.network_on(torch.device("cpu")).train().requires_grad_(requires_grad=True)
    own = hasattr(network, "objective")
    objective = Own() if own else Supervised(regression["squared_error"](), {})
    objective(network, Batch(torch.from_numpy(pictures), n_epochs=1)).sum.backward()
    still = [n for n, weights in network.named_parameters() if not weights.grad.any()]
    assert still == []


def test_eight_rows_can_be_learned_by_heart(kind, pictures):
    words = {"learning_rate": 0.02, "batch_size": 8, "schedule": "cosine", "activation": "tanh"}
    model = unfitted(kind, max_epochs=300, **words)
    model.fit(pictures[:8])
    back = model.inverse_transform(model.transform(pictures[:8]))
    assert ((back - pictures[:8]) ** 2).mean() < 0.1 * pictures[:8].var()


def test_a_kill_in_each_phase_is_made_good(kind, pictures, tmp_path):
    words = {"phases": ({"epochs": 2}, {"epochs": 2, "learning_rate": 1e-4}), "batch_size": 16}

    def fitted(folder, killed_after=None):
        def on_epoch(epoch, _):
            if epoch == killed_after:
                raise KeyboardInterrupt

        with learning.session(tmp_path / folder, on_epoch, every=0):
            return unfitted(kind, **words).fit(pictures)

    undisturbed = fitted("one")
    for epoch in (1, 3):
        with pytest.raises(KeyboardInterrupt):
            fitted("other", killed_after=epoch)
    resumed = fitted("other")
    assert resumed.history_ == undisturbed.history_
    for name, weights in undisturbed.weights_.items():
        np.testing.assert_array_equal(resumed.weights_[name], weights, err_msg=name)


def test_the_same_seed_gives_the_same_weights_and_rows_answer_alone_as_among_others(kind, pictures):
    one, two = (unfitted(kind, max_epochs=2).fit(pictures) for _ in range(2))
    for name, weights in one.weights_.items():
        np.testing.assert_array_equal(two.weights_[name], weights, err_msg=name)
    for ask in (one.transform, one.score_samples):
        np.testing.assert_allclose(ask(pictures[3:4]), ask(pictures)[3:4], rtol=1e-4, atol=1e-6)


def test_one_is_the_first_step_of_a_pipeline(pictures):
    low = np.arange(32) % 16 // 4 > 1
    pipeline = make_pipeline(
        unfitted(KINDS["dense"], max_epochs=100, learning_rate=0.01), LogisticRegression(C=100)
    )
    assert clone(pipeline).fit(pictures, low).score(pictures, low) > 0.9
