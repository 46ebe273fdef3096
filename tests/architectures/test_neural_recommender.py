import numpy as np
import pandas as pd

from caselab import learning
from caselab.architectures import neural_recommender
from caselab.learning import validation
from caselab.learning.training import Training


def test_negatives_have_the_time_of_the_meeting_they_were_drawn_for(monkeypatch):
    """Or the network would be stopped by rows of the time it learns from."""
    random = np.random.default_rng(0)
    X = pd.DataFrame({"user": random.integers(0, 12, 120), "item": random.integers(0, 40, 120)})
    times = random.permutation(120) / 120
    found = {}
    hold_out = validation.hold_out

    def spy(n_rows, fraction, seed, classes=None, **known):
        learn, held = hold_out(n_rows, fraction, seed, classes, **known)
        found.update(known, learn=learn, held=held, classes=classes)
        return learn, held

    monkeypatch.setattr(validation, "hold_out", spy)
    training = Training(max_epochs=1, validation_fraction=0.2, accelerator="cpu")
    model = neural_recommender.ranking(n_negatives=3, training=training, random_state=0)
    with learning.session(times=times):
        model.fit(X, np.ones(120))
    rows = found["times"]
    assert len(rows) > 2 * 120
    np.testing.assert_array_equal(rows[:120], times)
    assert set(rows[120:]) <= set(times)
    assert rows[found["learn"]].max() <= rows[found["held"]].min()
    assert set(found["classes"][found["held"]]) == {0, 1}
