"""A fit that two processes share learns what one process does."""

import numpy as np

from caselab import learning
from caselab.architectures import mlp
from caselab.learning.training import Training

SETTINGS = {
    "max_epochs": 4,
    "batch_size": 32,
    "learning_rate": 0.02,
    "accelerator": "cpu",
    "validation_fraction": 0.2,
}


def model(devices, class_weight=None, **settings):
    training = Training(**SETTINGS | settings, devices=devices, strategy="ddp")
    return mlp.classification(
        hidden=(16,), dropout=0.0, class_weight=class_weight, training=training, random_state=0
    )


def curve(fitted):
    return np.array([[*epoch.values()] for epoch in fitted.history_])


def test_two_processes_have_the_loss_curve_of_one(rows):
    """Of weighted classes, accumulated batches and clipped gradients; end_to_end/ has the rest."""
    X, y = rows
    class_weight, settings = "balanced", {"accumulate": 2, "gradient_clip": 0.1, "batch_size": 16}
    one = model(1, class_weight, **settings).fit(X, y)
    told = []
    with learning.session(on_epoch=lambda epoch, metrics: told.append(epoch)):
        two = model(2, class_weight, **settings).fit(X, y)
    np.testing.assert_allclose(curve(two), curve(one), rtol=1e-4)
    for name, array in one.weights_.items():
        np.testing.assert_allclose(two.weights_[name], array, atol=1e-4)
    assert two.best_epoch_ == one.best_epoch_
    assert told == [1, 2, 3, 4]
    np.testing.assert_allclose(two.predict_proba(X), one.predict_proba(X), atol=1e-4)
