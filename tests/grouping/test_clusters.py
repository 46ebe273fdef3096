import inspect

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from caselab import architectures
from caselab.grouping import cluster_counts, clusters
from tests.architectures.every import solving

SMALL = {"gap_references": 2, "most": 5}
every_architecture = pytest.mark.parametrize(
    "name", sorted({e.architecture for e in solving("clustering")})
)


@pytest.fixture(scope="module")
def blobs():
    """Three round heaps of 120, 90 and 60 rows, shuffled; and which is which."""
    random = np.random.default_rng(3)
    centres = np.array([[0, 0], [8, 0], [0, 8]])
    truth = random.permutation(np.repeat([0, 1, 2], [120, 90, 60]))
    return centres[truth] + random.normal(size=(270, 2)), truth


def model(name, **settings):
    architect = architectures.load(name).clustering
    small = {key: SMALL[key] for key in SMALL if key in inspect.signature(architect).parameters}
    return architect(random_state=0, **{**small, **settings})


@every_architecture
def test_the_heaps_are_found_and_numbered_by_size(blobs, name):
    X, truth = blobs
    found = model(name).fit(X)
    inside = found.labels_ >= 0
    assert found.n_clusters_ == 3
    assert inside.mean() > 0.9
    assert (found.labels_[inside] == truth[inside]).mean() > 0.99


@every_architecture
def test_a_fit_repeats_itself_and_new_rows_join_their_heap(blobs, name):
    X, _ = blobs
    found, again = model(name).fit(X), model(name).fit(X)
    np.testing.assert_array_equal(found.labels_, again.labels_)
    new = np.array([[0.1, 0.1], [8.1, 0.2], [-0.1, 7.9]])
    assert found.predict(new).tolist() == [0, 1, 2]


def test_only_density_leaves_a_new_row_far_from_all_out(blobs):
    X, _ = blobs
    assert model("dbscan").fit(X).predict(np.array([[50.0, 50.0]])) == [-1]
    assert model("kmeans").fit(X).predict(np.array([[50.0, 50.0]])) != [-1]


def test_silhouettes_of_many_rows_are_those_of_scikit_learn(blobs):
    X, _ = blobs
    found = model("kmeans", n_clusters=3).fit(X)
    ours, theirs = found.silhouette(X, found.labels_), silhouette_samples(X, found.labels_)
    # A row of training lies at distance 0 from itself, which scikit-learn leaves out.
    np.testing.assert_allclose(ours, theirs, atol=0.02)
    alone = np.concatenate([found.silhouette(X[[i]], found.labels_[[i]]) for i in range(5)])
    np.testing.assert_allclose(alone, ours[:5])


def test_the_number_is_told_by_both_measures(blobs):
    X, _ = blobs
    for by in ("silhouette", "gap"):
        found = model("kmeans", choose_by=by, gap_references=5).fit(X)
        assert found.n_clusters_ == 3
        assert {*found.selection_} == {"clusters", "silhouette", "gap", "gap_error"}


def test_rows_without_heaps_have_no_gap():
    X = np.random.default_rng(0).uniform(size=(300, 2))
    found = model("kmeans", choose_by="gap", gap_references=10).fit(X)
    assert found.n_clusters_ == 2  # the least that may be chosen


def test_within_is_the_sum_of_squares():
    X = np.array([[0.0], [2.0], [10.0]])
    assert cluster_counts.within(X, np.array([0, 0, 1])) == 2.0


def test_equal_sizes_are_numbered_by_their_centres():
    X = np.array([[5.0], [5.0], [1.0], [1.0], [9.0]])
    numbered = clusters.by_size(X, np.array([7, 7, 3, 3, -1]))
    assert numbered.tolist() == [1, 1, 0, 0, -1]


def test_outliers_apart_from_all_others_are_no_partition():
    random = np.random.default_rng(0)
    X = np.concatenate([random.normal(size=(300, 2)), random.normal(size=(12, 2)) * 0.1 + 30])
    found = model("dbscan").fit(X)
    assert found.shares_.max() < 0.97


def test_two_rows_alike_are_one_cluster():
    found = model("kmeans").fit(np.zeros((5, 2)))
    assert found.n_clusters_ == 1
    assert found.silhouette(np.zeros((2, 2)), np.zeros(2, dtype=int)).tolist() == [0, 0]
