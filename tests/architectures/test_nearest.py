"""What was written for the nearest row."""

import numpy as np
import pytest

from caselab.architectures import nearest


def test_the_nearest_row_s_text_is_answered_with_how_like_it_is():
    X = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    model = nearest.generation().fit(X, ["east", "north", "both\nof them"])
    found = model.write(np.array([[3.0, 0.0], [0.1, 5.0], [2.0, 2.0], [0.0, 0.0]]))
    assert found.texts[:3] == ["east", "north", "both of them"]
    assert found.scores == pytest.approx([1, 0.9998, 1, 0], abs=1e-4)
