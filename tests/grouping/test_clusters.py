import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from caselab import architectures
from caselab.grouping import cluster_counts, clusters
from caselab.storage import models

NAMES = ["kmeans", "hierarchical", "gaussian_mixture", "dbscan"]
SMALL = {"kmeans": {"gap_references": 2, "most": 5}, "dbscan": {}}


@pytest.fixture(scope="module")
def blobs():
    """Three round heaps of 120, 90 and 60 rows, shuffled; and which is which."""
    random = np.random.default_rng(3)
    centres = np.array([[0, 0], [8, 0], [0, 8]])
    truth = random.permutation(np.repeat([0, 1, 2], [120, 90, 60]))
    return centres[truth] + random.normal(size=(270, 2)), truth


def model(name, **settings):
    small = SMALL.get(name, {"gap_references": 1, "most": 5})
    return architectures.load(name).clustering(random_state=0, **{**small, **settings})


@pytest.mark.parametrize("name", NAMES)
def test_the_heaps_are_found_and_numbered_by_size(blobs, name):
    X, truth = blobs
    found = model(name).fit(X)
    inside = found.labels_ >= 0
    assert found.n_clusters_ == 3
    assert inside.mean() > 0.9
    assert (found.labels_[inside] == truth[inside]).mean() > 0.99


@pytest.mark.parametrize("name", NAMES)
def test_a_fit_repeats_itself_and_new_rows_join_their_heap(blobs, name):
    X, _ = blobs
    found, again = model(name).fit(X), model(name).fit(X)
    np.testing.assert_array_equal(found.labels_, again.labels_)
    new = np.array([[0.1, 0.1], [8.1, 0.2], [-0.1, 7.9]])
    assert found.predict(new).tolist() == [0, 1, 2]
    far = found.predict(np.array([[50.0, 50.0]]))[0]
    assert (far == -1) == (name == "dbscan")


@pytest.mark.parametrize("name", ["baseline", *NAMES])
def test_a_stored_model_answers_alike(blobs, name, tmp_path):
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    X, _ = blobs
    one = architectures.load("baseline").clustering() if name == "baseline" else model(name)
    pipeline = Pipeline([("features", StandardScaler()), ("model", one)]).fit(X)
    models.save(pipeline, tmp_path)
    loaded = models.load(tmp_path)
    np.testing.assert_array_equal(loaded.predict(X), pipeline.predict(X))
    assert loaded[-1].selection_ == pipeline[-1].selection_


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
