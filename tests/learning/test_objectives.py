"""What networks minimize: known values, and networks that say it themselves."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.utils import check_random_state
from torch import nn

from caselab.learning.estimators import LightningAutoencoder
from caselab.learning.losses import Total
from caselab.learning.objectives import Batch, gaussian_divergence, jacobian_penalty
from caselab.learning.training import Training
from caselab.learning.validation import hold_out

QUICK = {"max_epochs": 30, "batch_size": 32, "learning_rate": 0.01, "accelerator": "cpu"}


@pytest.fixture(scope="module")
def plane():
    """Return 300 rows of 6 numbers that lie near a plane."""
    random = np.random.default_rng(0)
    codes, away = random.normal(size=(300, 2)), 0.05 * random.normal(size=(300, 6))
    return (codes @ random.normal(size=(2, 6)) + away).astype(np.float32)


def test_the_divergence_from_the_standard_normal_is_the_exact_one():
    mean, log_variance = torch.randn(5, 3), torch.randn(5, 3)
    exact = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, (log_variance / 2).exp()),
        torch.distributions.Normal(torch.zeros(5, 3), torch.ones(5, 3)),
    ).sum(1)
    torch.testing.assert_close(gaussian_divergence(mean, log_variance), exact)


def test_the_jacobian_penalty_is_that_of_autograd_and_of_a_sigmoid_layer_by_hand():
    torch.manual_seed(0)
    layer = nn.Linear(6, 4).double()
    X = torch.randn(7, 6, dtype=torch.float64)

    def encode(x):
        return layer(x).sigmoid()

    found = jacobian_penalty(encode, X)
    autograd = [torch.autograd.functional.jacobian(encode, row[None]).square().sum() for row in X]
    torch.testing.assert_close(found, torch.stack(autograd))
    slope = encode(X) * (1 - encode(X))  # (batch, 4)
    by_hand = (slope.square() * layer.weight.square().sum(1)).sum(1)
    torch.testing.assert_close(found, by_hand)


def test_the_jacobian_penalty_can_be_learned_from_and_measured_without_gradients():
    layer, X = nn.Linear(6, 4), torch.randn(7, 6)
    jacobian_penalty(lambda x: layer(x).sigmoid(), X).sum().backward()
    assert layer.weight.grad.abs().sum() > 0
    with torch.no_grad():
        assert (jacobian_penalty(lambda x: layer(x).sigmoid(), X) > 0).all()


class Contractive(nn.Module):
    """A sigmoid code whose Jacobian is kept small."""

    def __init__(self, shape, n_outputs, activation, *, n_codes, weight):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(*shape, n_codes), nn.Linear(n_codes, n_outputs)
        self.weight = weight

    def encode(self, x):
        return self.encoder(x).sigmoid()

    def decode(self, code):
        return self.decoder(code)

    def forward(self, x):
        return self.decode(self.encode(x))

    def objective(self, batch):
        error = (self(batch.X) - batch.X).square().sum()
        return Total(error + self.weight * self.penalty(batch).sum, len(batch.X))

    def measures(self, batch):
        return {"penalty": self.penalty(batch)}

    def penalty(self, batch):
        return Total(jacobian_penalty(self.encode, batch.X).sum(), len(batch.X))


class Variational(nn.Module):
    """A normal code, drawn while it learns; the divergence counts more and more."""

    seen: list = []  # noqa: RUF012

    def __init__(self, shape, n_outputs, activation, *, n_codes):
        super().__init__()
        self.encoder = nn.Linear(*shape, 2 * n_codes)
        self.decoder = nn.Linear(n_codes, n_outputs)

    def encode(self, x):
        return self.encoder(x).chunk(2, 1)[0]

    def decode(self, code):
        return self.decoder(code)

    def forward(self, x):
        return self.decode(self.encode(x))

    def objective(self, batch):
        self.seen.append(batch.progress)
        mean, log_variance = self.encoder(batch.X).chunk(2, 1)
        code = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        error = (self.decode(code) - batch.X).square().sum() / 2
        divergence = gaussian_divergence(mean, log_variance).sum()
        return Total(error + batch.progress * divergence, len(batch.X))


def test_a_contractive_network_contracts(plane):
    def fitted(weight):
        options = {"n_codes": 4, "weight": weight}
        return LightningAutoencoder(Contractive, options, Training(**QUICK), 0).fit(plane)

    loose, tight = fitted(0.0), fitted(3.0)
    penalties = [model.history_[-1]["validation_penalty"] for model in (loose, tight)]
    assert penalties[1] < 0.7 * penalties[0]
    for model, weight in ((loose, 0.0), (tight, 3.0)):
        found = _held_out_loss(model, plane, weight)
        assert model.history_[model.best_epoch_ - 1]["validation_loss"] == pytest.approx(found)


def _held_out_loss(model, X, weight):
    """Work the objective out by hand, from the fitted network and autograd alone."""
    held = hold_out(len(X), 0.1, check_random_state(0).randint(2**31 - 1))[1]
    network, rows = model.network_on(torch.device("cpu")), torch.tensor(X[held])
    jacobian = torch.func.vmap(torch.func.jacrev(network.encode))(rows)
    total = (network(rows) - rows).square().sum() + weight * jacobian.square().sum()
    return total.item() / len(held)


def test_a_variational_network_learns_codes_and_warms_up(plane):
    Variational.seen.clear()
    model = LightningAutoencoder(Variational, {"n_codes": 2}, Training(**QUICK), 0).fit(plane)
    assert min(Variational.seen) == 0
    assert max(Variational.seen) == (len(model.history_) - 1) / 30
    codes = model.transform(plane)
    assert codes.shape == (300, 2)
    assert np.abs(codes).mean() > 0.3  # not collapsed
    given_back = model.inverse_transform(codes)
    np.testing.assert_allclose(
        -((given_back - plane) ** 2).mean(axis=1), model.score_samples(plane), rtol=1e-4
    )
    assert -model.score_samples(plane).mean() < 0.5 * plane.var()
    strange = plane + np.random.default_rng(1).normal(size=plane.shape)
    assert model.score_samples(strange).mean() < 3 * model.score_samples(plane).mean()


class Linear(nn.Module):
    """Two linear layers with a narrow code between them: what it finds is the principal plane."""

    def __init__(self, shape, n_outputs, activation, *, n_codes):
        super().__init__()
        self.encode, self.decode = nn.Linear(*shape, n_codes), nn.Linear(n_codes, n_outputs)

    def forward(self, x):
        return self.decode(self.encode(x))


def test_the_rows_themselves_are_the_target_where_a_network_says_nothing(plane):
    training = Training(**{**QUICK, "max_epochs": 60, "weight_decay": 0})
    model = LightningAutoencoder(Linear, {"n_codes": 2}, training, 0).fit(plane)
    principal = PCA(2).fit(plane)
    left = ((plane - principal.inverse_transform(principal.transform(plane))) ** 2).mean()
    assert left < -model.score_samples(plane).mean() < 3 * left


def test_a_batch_tells_how_far_the_training_has_come():
    assert Batch(torch.zeros(1), None, 3, 12).progress == 0.25
    assert Batch(torch.ones(2)).target.sum() == 2
