import numpy as np
import pytest

from caselab.architectures import seq2seq
from caselab.errors import UserError
from caselab.features import windows as view
from caselab.forecasting import lags
from caselab.forecasting.sequences import inputs
from caselab.forecasting.windows import Windows
from tests import toys
from tests.toys import windows as toy


@pytest.fixture
def windows():
    return Windows.of(toys.rows("forecasting", "windows").X)


def test_the_values_that_are_asked_for_are_not_among_the_inputs(windows):
    """The last places of the first channel are 0, of the second 1; the rest is older or known."""
    X = inputs(windows, 8)
    assert X.shape[:2] == (len(windows), 8 + toy.HORIZON)
    assert (X[:, 8:, 0] == 0).all()
    assert (X[:, :8, 1] == 0).all()
    assert (X[:, 8:, 1] == 1).all()
    level, spread = windows.level_and_spread()
    scaled = ((windows.past - level) / spread).astype(np.float32)
    np.testing.assert_array_equal(X[:, :8, 0], scaled[:, -8:])
    np.testing.assert_array_equal(X[:, -toy.HORIZON :, 2], scaled[:, -toy.HORIZON :])


@pytest.mark.parametrize("features", [lags.of_origins, lags.of_moments])
def test_lags_of_a_higher_or_larger_series_are_the_same(windows, features):
    shifted = Windows(**{**vars(windows), "past": 100 + 7 * windows.past})
    np.testing.assert_allclose(features(shifted), features(windows), atol=1e-6)


def test_a_moment_sees_its_like_of_the_horizons_before(windows):
    rows = lags.of_moments(windows).reshape(len(windows), toy.HORIZON, -1)
    level, spread = windows.level_and_spread()
    scaled = (windows.past - level) / spread
    np.testing.assert_allclose(rows[:, :, 0], scaled[:, -toy.HORIZON :])
    np.testing.assert_allclose(rows[:, :, 1], scaled[:, -2 * toy.HORIZON : -toy.HORIZON])


def test_the_calendar_is_told_by_places_on_circles():
    raw, _ = toys.records("windows", 3)
    shown = view.view(raw, calendar=("hour", "weekday", "month"))
    for part in ("hour", "weekday", "month"):
        sine, cosine = (np.stack(shown[f"known {part} {name}"]) for name in ("sine", "cosine"))
        np.testing.assert_allclose(sine**2 + cosine**2, 1)
    days = np.stack(shown["seconds"]) // toy.DAY
    weekday = (days + 3) % 7  # 1 January 1970 was a Thursday
    np.testing.assert_allclose(
        np.stack(shown["known weekday sine"]), np.sin(2 * np.pi * weekday / 7)
    )


def test_a_decoder_hears_what_came_or_what_it_said():
    """With teacher forcing 1 the answers depend on the target, with 0 they do not."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    words = {"cell": "gru", "hidden": 4, "layers": 1, "dropout": 0.0, "fade": 1.0}
    x, target = torch.randn(3, 9, 5), torch.randn(3, 4)
    for share, differs in ((1.0, True), (0.0, False)):
        network = seq2seq.Seq2SeqForecaster((9, 5), 4, nn.ReLU, teacher_forcing=share, **words)
        one, two = (network._said(x, told, share) for told in (target, target + 1))
        assert bool((one != two).any()) == differs
        np.testing.assert_array_equal(one[:, 0].detach(), two[:, 0].detach())


def test_a_window_that_holds_no_like_of_the_horizon_is_one_sentence(windows):
    short = windows.shortened(toy.SEASON + 1)
    network = seq2seq.forecasting(random_state=0)
    ahead = Windows(**{**vars(short), "season": short.window})
    with pytest.raises(UserError, match=r"looks back on more than .*make it longer"):
        network._learn(ahead, np.zeros((len(ahead), ahead.horizon)))
