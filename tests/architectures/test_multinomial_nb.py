import numpy as np
import pytest
from scipy import sparse

from caselab.architectures import multinomial_nb


def test_the_posterior_is_that_of_bayes_by_hand():
    X = sparse.csr_matrix([[2.0, 0], [1, 1], [0, 3]])
    model = multinomial_nb.classification(alpha=1.0).fit(X, ["a", "a", "b"])
    # class a saw its words 3 and 1 times, b 0 and 3 times; one is added to each
    joint = np.array([2 / 3 * 4 / 6, 1 / 3 * 1 / 5])
    np.testing.assert_allclose(model.predict_proba([[1.0, 0]]), [joint / joint.sum()])


@pytest.mark.parametrize("likelihood", ["class", "complement"])
def test_both_likelihoods_learn_sparse_counts(likelihood):
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 300)
    X = sparse.csr_matrix(random.poisson(0.2 + (np.arange(9) // 3 == y[:, np.newaxis])))
    model = multinomial_nb.classification(likelihood=likelihood).fit(X[:200], y[:200])
    assert (model.predict(X[200:]) == y[200:]).mean() > 0.8
