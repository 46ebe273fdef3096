import numpy as np
import pytest

from caselab.forecasting.windows import Windows
from tests.toys import windows as toy


def chain(n, start=0):
    """Rows of one series that counts up, of which each follows the other, and their targets."""
    moments = np.arange(-toy.WINDOW, toy.HORIZON)
    places = moments + toy.HORIZON * (start + np.arange(n)[:, np.newaxis]) + toy.WINDOW
    made = Windows(
        seconds=places * 60,
        past=places[:, : toy.WINDOW] * 1.0,
        known=places[:, :, np.newaxis] * 10.0,
        observed=places[:, : toy.WINDOW, np.newaxis] * 100.0,
        series=np.full(n, "x"),
        season=toy.SEASON,
    )
    return made, places[:, toy.WINDOW :] * 1.0


def joined(*parts):
    names = ("seconds", "past", "known", "observed", "series")
    of = {name: np.concatenate([getattr(part, name) for part, _ in parts]) for name in names}
    return Windows(**of, season=toy.SEASON), np.concatenate([y for _, y in parts])


def test_denser_windows_are_cut_from_the_same_moments():
    windows, y = chain(6)
    dense, ahead = windows.denser(y, 10, 1)
    assert len(dense) == toy.WINDOW + 6 * toy.HORIZON - 10 - toy.HORIZON + 1
    np.testing.assert_array_equal(dense.past[:, -1] + 1, ahead[:, 0])  # it counts up
    np.testing.assert_array_equal(dense.seconds, dense.known[:, :, 0] * 6)
    np.testing.assert_array_equal(dense.observed[:, :, 0], dense.past * 100)
    np.testing.assert_array_equal(dense.seconds[:, 10:], ahead * 60)


@pytest.mark.parametrize("stride", [1, 2, toy.HORIZON])
def test_rows_own_origins_are_among_the_denser_ones(stride):
    windows, y = chain(5)
    dense, ahead = windows.denser(y, windows.window, stride)
    own = np.isin(dense.origins, windows.origins)
    np.testing.assert_array_equal(dense.past[own], windows.past)
    np.testing.assert_array_equal(ahead[own], y)


def test_windows_never_bridge_rows_that_are_away_or_of_another_series():
    with_gap = joined(chain(3), chain(3, start=8))
    dense, ahead = with_gap[0].denser(with_gap[1], 10, 1)
    moments = np.hstack([dense.past, ahead])
    assert (np.diff(moments, axis=1) == 1).all()
    known = np.unique(np.hstack([*with_gap[0].past, *with_gap[1]]))
    assert set(moments.ravel()) <= set(known)
    other, y = chain(3, start=3)
    other = Windows(**{**vars(other), "series": np.full(3, "y")})
    dense, _ = joined(chain(3), (other, y))[0].denser(np.vstack([chain(3)[1], y]), 10, 1)
    assert len(dense) == 2 * len(chain(3)[0].denser(y, 10, 1)[0])


def test_a_season_is_repeated_also_beyond_its_end():
    windows, y = chain(2)
    np.testing.assert_array_equal(windows.repeated(), y - toy.SEASON)
    np.testing.assert_array_equal(windows.repeated(3), y - np.array([3, 3, 3, 6]))


def test_level_and_spread_are_of_the_last_season_and_a_flat_one_has_the_spread_1():
    windows, _ = chain(1)
    level, spread = windows.level_and_spread()
    last = windows.past[0, -toy.SEASON :]
    assert (level.item(), spread.item()) == (last.mean(), last.std())
    flat = Windows(**{**vars(windows), "past": np.full_like(windows.past, 7.0)})
    assert flat.level_and_spread()[1].item() == 1


def test_where_nothing_varies_a_forecast_is_what_always_was():
    windows, _ = chain(3)
    scaled = np.full((len(windows), windows.horizon), 3.0)
    flat = Windows(**{**vars(windows), "past": np.full_like(windows.past, 0.01)})
    np.testing.assert_array_equal(flat.restored(scaled), 0.01 * np.ones_like(scaled))
    level, spread = windows.level_and_spread()
    np.testing.assert_array_equal(windows.restored(scaled), level + spread * scaled)
