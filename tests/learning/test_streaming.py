"""Training rows that stay on disk: the same network, and never all of them in memory."""

import numpy as np
import pytest
from imblearn.over_sampling import RandomOverSampler
from sklearn.pipeline import make_pipeline

from caselab import learning
from caselab.architectures import lenet, mlp
from caselab.features.steps.pictures import PictureScaler
from caselab.learning import batches
from caselab.learning.training import Training
from caselab.storage.rows import Rows

TRAINING = Training(
    max_epochs=3, batch_size=16, accelerator="cpu", augmentation={"flip": 0.5, "noise": 0.1}
)


@pytest.fixture
def pictures(tmp_path):
    """Return 120 pictures on disk, and their classes."""
    X = np.random.default_rng(0).integers(0, 256, (120, 14, 14)).astype(np.uint8)
    np.save(tmp_path / "X.npy", X)
    return np.load(tmp_path / "X.npy", mmap_mode="r"), np.arange(120) % 3 == 0


@pytest.fixture
def never_whole(monkeypatch):
    """Have memory for next to nothing, and refuse to read all rows at once."""

    def refuse(*_, **__):
        raise AssertionError("all rows were read at once")

    monkeypatch.setattr(batches, "WHOLE_BYTES", 1000)
    monkeypatch.setattr(Rows, "__array__", refuse)


def pipeline(scale="standard", sampler=None):
    network = lenet.classification(training=TRAINING, random_state=0).set_params(sampler=sampler)
    return make_pipeline(PictureScaler(scale, flatten=False), network)


def same(one, other):
    return all((one.weights_[n] == other.weights_[n]).all() for n in one.weights_)


@pytest.mark.parametrize("scale", ["unit", "standard"])
def test_it_is_the_same_network(pictures, never_whole, scale, tmp_path):
    X, y = pictures
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "WHOLE_BYTES", 2**29)
        whole = pipeline(scale).fit(np.array(X), y)
    with learning.session(tmp_path / "checkpoints", every=0):
        streamed = pipeline(scale).fit(Rows(X), y)
    assert same(whole[-1], streamed[-1])
    assert whole[-1].history_ == streamed[-1].history_
    np.testing.assert_array_equal(whole.predict_proba(np.array(X)), streamed.predict_proba(Rows(X)))


def test_rows_picked_to_balance_classes_stay_where_they_are(pictures, never_whole):
    X, y = pictures
    sampler = RandomOverSampler(random_state=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "WHOLE_BYTES", 2**29)
        whole = pipeline(sampler=sampler).fit(np.array(X), y)
    assert same(whole[-1], pipeline(sampler=sampler).fit(Rows(X), y)[-1])


def test_a_memory_mapped_array_is_left_on_disk(pictures, never_whole):
    X, y = pictures
    model = mlp.classification(hidden=(8,), training=Training(max_epochs=2), random_state=0)
    assert model.fit(X, y).predict(X).shape == (120,)


def test_targets_of_another_length_are_refused(pictures):
    X, y = pictures
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        pipeline().fit(Rows(X), y[:-1])


def test_answers_come_in_batches_of_the_training_s_size(pictures, monkeypatch):
    X, y = pictures
    model = pipeline().fit(np.array(X), y)
    taken = []
    take = batches.Streamed.take
    monkeypatch.setattr(batches, "NUMBERS_AT_ONCE", 1)
    monkeypatch.setattr(
        batches.Streamed, "take", lambda self, rows: taken.append(take(self, rows)) or taken[-1]
    )
    model.predict(np.array(X))
    assert [len(batch) for batch in taken] == [16] * 7 + [8]
