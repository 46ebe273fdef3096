"""Autoencoders' parts: shapes there and back, what corrupts, what is penalized, the bound."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

from caselab.errors import UserError
from caselab.learning.estimators import LightningAutoencoder
from caselab.learning.layers.autoencoders import Autoencoder, VariationalAutoencoder
from caselab.learning.layers.corruptions import Corruption
from caselab.learning.layers.penalties import penalties
from caselab.learning.losses import regression
from caselab.learning.objectives import Batch, Supervised
from caselab.learning.training import Training

SHAPES = [
    ((7,), ()),
    ((3, 4), ()),
    ((1, 28, 28), (3, 5)),
    ((3, 13, 9), (4, 4, 4)),
    ((1, 8, 5), (2,)),
]


def build(cls, shape=(12,), **options):
    torch.manual_seed(0)
    settings = {"n_codes": 3, "hidden": (6,), **options}
    return cls(shape, int(np.prod(shape)), nn.Tanh, **settings)


@pytest.fixture(scope="module")
def rows():
    """Return 400 rows of 12 numbers that lie near a hyperplane of 3 directions."""
    random = np.random.default_rng(0)
    codes = random.normal(size=(400, 3)) * [3, 2, 1]
    near = codes @ random.normal(size=(3, 12)) / 3 + 0.3 * random.normal(size=(400, 12))
    return (near + random.normal(size=12)).astype(np.float32)


def fitted(rows, cls=Autoencoder, random_state=0, training=None, clean=None, **options):
    words = {"max_epochs": 120, "batch_size": 40, "learning_rate": 0.03, "schedule": "cosine"}
    words |= {"weight_decay": 0, "validation_fraction": 0, "accelerator": "cpu", **(training or {})}
    settings = {"n_codes": 3, "hidden": (), **options}
    model = LightningAutoencoder(cls, settings, Training(**words), random_state)
    return model.fit(rows, clean=clean)


@pytest.mark.parametrize("cls", [Autoencoder, VariationalAutoencoder])
@pytest.mark.parametrize(("shape", "filters"), SHAPES)
def test_rows_come_back_in_their_shape(cls, shape, filters):
    network, x = build(cls, shape, filters=filters), torch.randn(5, *shape)
    assert network.encode(x).shape == (5, 3)
    assert network(x).shape == x.shape
    assert all(weights.requires_grad for weights in network.parameters())
    Supervised(regression["squared_error"](), {})(network, Batch(x)).sum.backward()
    unused = [n for n, w in network.named_parameters() if w.grad is None]
    assert unused == (["spread"] if cls is VariationalAutoencoder else [])


def test_a_code_may_lie_as_the_picture_does():
    network, x = (
        build(Autoencoder, (1, 9, 8), filters=(3, 5), n_codes=None),
        torch.randn(2, 1, 9, 8),
    )
    assert network.encode(x).shape == (2, 5, 3, 2)
    assert network(x).shape == x.shape


def test_without_hidden_layers_it_is_linear():
    network = build(Autoencoder, hidden=())
    x, y = torch.randn(2, 4, 12)
    middle = (network(x) + network(y)) / 2
    torch.testing.assert_close(network((x + y) / 2), middle)


@pytest.mark.parametrize("cls", [Autoencoder, VariationalAutoencoder])
def test_a_code_that_could_be_the_row_is_refused(cls):
    with pytest.raises(UserError, match="n_codes is 12, but a row has only 12 numbers"):
        build(cls, n_codes=12)
    assert (
        build(Autoencoder, n_codes=20, overcomplete=True).encode(torch.zeros(1, 12)).shape[1] == 20
    )


def test_pictures_that_convolutions_would_leave_nothing_of_are_refused():
    with pytest.raises(UserError, match="at least 8 x 8"):
        build(Autoencoder, (1, 7, 28), filters=(2, 2, 2))
    with pytest.raises(UserError, match=r"features\.flatten"):
        build(Autoencoder, (784,), filters=(2,))


@pytest.mark.parametrize("name", ["gaussian", "masking", "dropout"])
def test_corruption_changes_what_is_read_while_learning_and_nothing_else(name):
    layer, x = Corruption(name, 0.25), torch.ones(400, 50)
    torch.manual_seed(0)
    noisy = layer(x)
    assert not torch.equal(layer(x), noisy)
    if name == "gaussian":
        assert (noisy - x).std().item() == pytest.approx(0.25, rel=0.05)
    else:
        assert (noisy == 0).float().mean().item() == pytest.approx(0.25, abs=0.02)
        kept = 1 if name == "masking" else 1 / 0.75
        torch.testing.assert_close(noisy[noisy != 0], torch.full_like(noisy[noisy != 0], kept))
    assert torch.equal(layer.eval()(x), x)
    network = build(Autoencoder, corruption=name)
    rows = torch.randn(4, 12)
    assert not torch.equal(network(rows), network(rows))
    assert torch.equal(network.encode(rows), network.encode(rows))


def test_penalties_have_their_textbook_values():
    codes = torch.tensor([[0.2, 0.9], [0.4, 0.1]])
    encode = lambda _: codes  # noqa: E731
    torch.testing.assert_close(penalties["l1"](encode, codes, 0.1), torch.tensor([1.1, 0.5]))
    active, rho = np.array([0.3, 0.5]), 0.1
    by_hand = rho * np.log(rho / active) + (1 - rho) * np.log((1 - rho) / (1 - active))
    found = penalties["kl"](encode, codes, rho)
    np.testing.assert_allclose(found, np.full(2, by_hand.sum()), rtol=1e-5)


@pytest.mark.parametrize("filters", [(), (3,)])
def test_the_contractive_penalty_is_autograd_s_jacobian_of_the_whole_encoder(filters):
    network = build(Autoencoder, (1, 4, 4), filters=filters, penalty="contractive").double()
    X = torch.randn(5, 1, 4, 4, dtype=torch.float64)
    jacobians = [torch.autograd.functional.jacobian(network.encode, row[None]) for row in X]
    expected = torch.stack([each.square().sum() for each in jacobians])
    torch.testing.assert_close(network.penalty(X), network.penalty_weight * expected)


def test_a_penalty_is_added_to_the_mean_error():
    network, X = build(Autoencoder, penalty="l1", penalty_weight=0.5), torch.randn(6, 12)
    objective = Supervised(regression["squared_error"](), {})
    total = objective(network, Batch(X))
    expected = (network(X) - X).square().mean() + 0.5 * network.encode(X).abs().sum(1).mean()
    torch.testing.assert_close(total.sum / total.weight, expected)
    torch.testing.assert_close(objective.measures(network, Batch(X))["loss"].sum, total.sum)


def test_the_linear_one_reaches_the_error_of_principal_components(rows):
    model, pca = fitted(rows), PCA(3).fit(rows)
    least = ((rows - pca.inverse_transform(pca.transform(rows))) ** 2).mean()
    assert least <= -model.score_samples(rows).mean() < 1.01 * least


def test_a_sparse_code_is_sparse(rows):
    plain = fitted(rows, n_codes=24, overcomplete=True, penalty="l1", penalty_weight=0.0)
    sparse = fitted(rows, n_codes=24, overcomplete=True, penalty="l1", penalty_weight=0.03)
    silent = [(model.transform(rows) == 0).mean() for model in (plain, sparse)]
    assert silent[1] > silent[0] + 0.1
    kl = fitted(rows, n_codes=8, penalty="kl", penalty_weight=0.5, sparsity=0.1)
    np.testing.assert_allclose(kl.transform(rows).mean(axis=0), 0.1, atol=0.05)


def test_clean_rows_are_learned_from_noisy_ones(rows):
    noisy = rows + np.random.default_rng(1).normal(size=rows.shape).astype(np.float32)
    restorer = fitted(noisy, clean=rows)
    restored = restorer.inverse_transform(restorer.transform(noisy))
    copier = fitted(noisy)
    copied = copier.inverse_transform(copier.transform(noisy))
    errors = [((each - rows) ** 2).mean() for each in (restored, copied, noisy)]
    assert errors[0] < errors[1] < errors[2]
    with pytest.raises(ValueError, match="clean rows"):
        fitted(noisy, clean=rows[:, :3])
    with pytest.raises(UserError, match=r"augmentation\.flip would move"):
        fitted(noisy, clean=rows, training={"augmentation": {"flip": 0.5}})


def test_the_bound_lies_below_the_likelihood_and_reaches_it_in_the_linear_case(rows):
    """Tipping and Bishop's model is a variational autoencoder whose both ways are linear."""
    model, exact = fitted(rows, VariationalAutoencoder), PCA(3).fit(rows).score(rows)
    bound = model.score_samples(rows).mean()
    assert exact - 0.3 < bound < exact
    one = model.score_samples(rows[7:8])
    np.testing.assert_allclose(one, model.score_samples(rows)[7:8], rtol=1e-4)


def test_rows_are_drawn_as_those_learned_from(rows):
    model = fitted(rows, VariationalAutoencoder)
    drawn = model.sample(2000, random_state=1)
    np.testing.assert_array_equal(drawn, model.sample(2000, random_state=1))
    np.testing.assert_allclose(drawn.mean(axis=0), rows.mean(axis=0), atol=0.25)
    assert np.corrcoef(np.cov(drawn.T).ravel(), np.cov(rows.T).ravel())[0, 1] > 0.95
    assert not hasattr(fitted(rows, training={"max_epochs": 1}), "sample")


def test_the_divergence_warms_up_and_early_stopping_goes_by_the_whole_bound(rows):
    network = build(VariationalAutoencoder, beta=2.0, warmup=0.5).eval()
    X, losses = torch.randn(50, 12), []
    for epoch in (0, 5, 10, 15):
        torch.manual_seed(0)
        losses.append(network.objective(Batch(X, None, epoch, 20)).sum.item())
    assert losses[0] < losses[1] < losses[2] == losses[3]
    kept = [network.measures(Batch(X, None, epoch, 20))["loss"].sum.item() for epoch in (0, 15)]
    assert kept[0] == kept[1]


def test_a_loss_that_nobody_would_look_at_is_refused(rows):
    with pytest.raises(UserError, match="has an objective of its own"):
        fitted(rows, VariationalAutoencoder, training={"loss": "huber"})
    fitted(rows, training={"loss": "huber", "max_epochs": 1})
