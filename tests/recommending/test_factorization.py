import numpy as np
import pytest
from scipy import sparse

from caselab.recommending.factorization import Side, _squared_error, factorize

N_FACTORS = 2


@pytest.fixture(scope="module")
def planted():
    """Ratings of 150 users and 100 items with biases, two factors, and noise of 0.3."""
    random = np.random.default_rng(0)
    user = np.column_stack([0.5 * random.normal(size=150), random.normal(size=(150, 2))])
    item = np.column_stack([0.5 * random.normal(size=100), random.normal(size=(100, 2))])
    truth = 3.5 + user[:, :1] + item[:, 0] + user[:, 1:] @ item[:, 1:].T
    met = sparse.csr_matrix((random.random(truth.shape) < 0.3).astype(float))
    noisy = truth + 0.3 * random.normal(size=truth.shape)
    return met, truth, noisy[met.nonzero()], user, item


def fit(met, rating, **features):
    return factorize(met, rating, n_factors=N_FACTORS, n_iterations=30, seed=0, **features)


def everything(factors, shape):
    user, item = (index.ravel() for index in np.indices(shape))
    return factors.rate(factors.user[user], factors.item[item]).reshape(shape)


def test_planted_factors_are_found_beyond_the_ratings_seen(planted):
    met, truth, rating, *_ = planted
    unseen = met.toarray() == 0
    error = (everything(fit(met, rating), truth.shape) - truth)[unseen]
    assert np.sqrt(np.mean(error**2)) < 0.25  # the noise alone: 0.3; the mean: 1.6


def test_the_same_seed_gives_the_same_factors(planted):
    met, _, rating, *_ = planted
    first, second = fit(met, rating), fit(met, rating)
    np.testing.assert_array_equal(first.user, second.user)
    np.testing.assert_array_equal(first.item, second.item)


def test_features_say_what_to_expect_of_items_that_nobody_rated(planted):
    met, truth, _, _, item = planted
    known = np.arange(100) < 80
    seen = sparse.csr_matrix(met.toarray()[:, known])
    rating = truth[:, known][seen.nonzero()]
    factors = fit(seen, rating, item_features=item[known], penalty=0.01)
    expected = item[~known] @ factors.item_weights
    rows = np.repeat(np.arange(150), 20)
    rated = factors.rate(factors.user[rows], np.tile(expected, (150, 1))).reshape(150, 20)
    assert np.sqrt(np.mean((rated - truth[:, ~known]) ** 2)) < 0.4


def test_a_half_step_is_the_closed_form_written_out(planted):
    met, _, rating, *_ = planted
    random = np.random.default_rng(1)
    users, items = (Side.start(n, N_FACTORS, np.zeros((n, 0)), 1.0, random) for n in met.shape)
    items.mean = random.normal(size=items.mean.shape)
    centred = sparse.csr_matrix((rating - rating.mean(), met.indices, met.indptr), shape=met.shape)
    precision = users.precision.copy()
    users.update(met, centred, items, noise=2.0)
    for user in (0, 17):
        gram, target = np.diag(precision), np.zeros(1 + N_FACTORS)
        for item in met[user].indices:
            z, covariance = items.mean[item], items.covariance[item]
            slope = np.r_[1, z[1:]]
            second = np.outer(slope, slope)
            second[1:, 1:] += covariance[1:, 1:]
            gram += 2 * second
            target += 2 * (centred[user, item] * slope - z[0] * slope)
            target[1:] -= 2 * covariance[0, 1:]
        np.testing.assert_allclose(users.covariance[user], np.linalg.inv(gram))
        np.testing.assert_allclose(users.mean[user], np.linalg.solve(gram, target))


def test_the_expected_error_is_the_mean_over_draws(planted):
    met, _, rating, *_ = planted
    random = np.random.default_rng(2)
    users, items = (Side.start(n, N_FACTORS, np.zeros((n, 0)), 1.0, random) for n in met.shape)
    for side in (users, items):
        root = 0.3 * random.normal(size=side.covariance.shape)
        side.covariance = root @ root.transpose(0, 2, 1)
    user = met.nonzero()[0]
    found = _squared_error(met, user, rating, users, items)

    roots = [np.linalg.cholesky(side.covariance + 1e-12 * np.eye(3)) for side in (users, items)]

    def drawn():
        x, z = (
            side.mean + np.einsum("nij,nj->ni", root, random.normal(size=side.mean.shape))
            for side, root in zip((users, items), roots, strict=True)
        )
        x, z = x[user], z[met.indices]
        return np.sum((rating - x[:, 0] - z[:, 0] - (x[:, 1:] * z[:, 1:]).sum(axis=1)) ** 2)

    draws = [drawn() for _ in range(200)]
    assert found == pytest.approx(np.mean(draws), abs=4 * np.std(draws) / np.sqrt(len(draws)))
