import numpy as np
import pandas as pd
import pytest
from pandera.pandas import Column, DataFrameSchema

from caselab.data.series import TimeSeries
from caselab.errors import UserError

DAYS = 40


def contract():
    return DataFrameSchema(
        {
            "time": Column("datetime64[ns]"),
            "site": Column(str),
            "load": Column(float, nullable=True),
            "open": Column(float, nullable=True),
            "warmth": Column(float, nullable=True),
        }
    )


def series(**changes):
    words = {
        "value": "load",
        "step": "D",
        "horizon": 3,
        "season": 7,
        "window": 14,
        "contract": contract,
        "series": "site",
        "known": ("open",),
        "observed": ("warmth",),
    }
    return TimeSeries(**(words | changes))


@pytest.fixture
def records():
    """Forty days of two sites, in no order."""
    random, days = np.random.default_rng(0), np.arange(DAYS)
    sites = [
        pd.DataFrame(
            {
                "time": pd.Timestamp("2026-01-01") + pd.to_timedelta(days, unit="D"),
                "site": site,
                "load": level + days % 7 + random.normal(size=DAYS),
                "open": (days % 7 < 5).astype(float),
                "warmth": random.normal(size=DAYS),
            }
        )
        for site, level in {"north": 10, "south": 30}.items()
    ]
    return pd.concat(sites).sample(frac=1, random_state=0).reset_index(drop=True)


def of(records, site):
    return records[records["site"] == site].sort_values("time").reset_index(drop=True)


def question(records):
    """Records as raw_records hands on what asks."""
    return records.assign(origin=None)


def test_a_row_is_what_was_before_its_origin_and_what_came_after(records):
    rows = series().aggregate(records)
    north = of(records, "north")
    assert set(rows["series"]) == {"north", "south"}
    for row in rows[rows["series"] == "north"].itertuples():
        place = int(np.flatnonzero(north["time"] == row.time)[0])
        np.testing.assert_array_equal(row.past, north["load"][place - 14 : place])
        np.testing.assert_array_equal(row.ahead, north["load"][place : place + 3])
        np.testing.assert_array_equal(row._asdict()["_8"], north["open"][place - 14 : place + 3])
        np.testing.assert_array_equal(row._asdict()["_9"], north["warmth"][place - 14 : place])
        times = np.array(row.seconds, dtype="datetime64[s]")
        np.testing.assert_array_equal(times, north["time"][place - 14 : place + 3])
        before = north["load"].to_numpy()[:place]
        assert row.scale == pytest.approx(np.abs(before[7:] - before[:-7]).mean())


def test_horizons_follow_each_other_and_none_reaches_into_another(records):
    times = series().aggregate(records).groupby("series")["time"].apply(list)
    for each in times:
        assert set(np.diff(each)) == {pd.Timedelta(days=3)}
    assert times["north"] == times["south"]


def test_what_comes_later_changes_nothing_of_earlier_rows(records):
    """But the values of the last moments themselves, which are targets."""
    late = records["time"] >= "2026-02-01"
    changed = records.copy()
    for name in ("load", "open", "warmth"):
        changed.loc[late, name] += 5
    told, other = (series().aggregate(each) for each in (records, changed))
    early = told["time"] + pd.Timedelta(days=3) <= "2026-02-01"
    assert early.any()
    assert not early.all()
    pd.testing.assert_frame_equal(told[early], other[early])
    at = told["time"] <= "2026-02-01"  # what is known ahead, such as opening days, is known
    unknown = ["past", "scale", "observed warmth"]
    pd.testing.assert_frame_equal(told.loc[at, unknown], other.loc[at, unknown])


def test_a_table_that_grows_at_either_end_moves_no_origin(records):
    told = series().aggregate(records)
    shorter = series().aggregate(
        records[records["time"].between("2026-01-03", "2026-02-05")].reset_index(drop=True)
    )
    assert set(shorter["origin"]) < set(told["origin"])


def test_a_question_has_one_row_a_series_after_its_last_value(records):
    rows = series().aggregate(question(records))
    assert rows["time"].tolist() == [pd.Timestamp("2026-02-10")] * 2
    assert rows["origin"].tolist() == ["north 2026-02-10 00:00:00", "south 2026-02-10 00:00:00"]
    assert "ahead" not in rows
    north = of(records, "north")
    np.testing.assert_array_equal(rows["past"][0], north["load"][-14:])


def test_what_is_known_ahead_is_told_by_records_without_value_else_as_a_season_before(records):
    north = of(records, "north")
    told = series().aggregate(question(north))["known open"][0][-3:]
    np.testing.assert_array_equal(told, north["open"][-7:-4])
    ahead = pd.DataFrame(
        {"time": pd.date_range("2026-02-10", periods=2), "site": "north", "open": [0.0, 1.0]}
    )
    told = series().aggregate(question(pd.concat([north, ahead])))["known open"][0][-3:]
    np.testing.assert_array_equal(told, [0, 1, north["open"].iloc[-5]])


def test_asked_at_origins_that_are_named_rows_are_those_of_training(records):
    named = series().ask(records)
    assert named["time"].is_monotonic_increasing
    asked, learned = series().aggregate(named), series().aggregate(records)
    pd.testing.assert_frame_equal(asked, learned.drop(columns="ahead"))


def test_months_are_steps_of_different_lengths():
    months = pd.date_range("2000-01-01", periods=120, freq="MS")
    told = pd.DataFrame({"time": months, "load": np.arange(120.0), "site": "x"})
    monthly = series(step="M", horizon=12, season=12, window=24, known=(), observed=())
    rows = monthly.aggregate(told)
    assert [time.month for time in rows["time"]] == [1] * 8
    asked = monthly.aggregate(question(told))
    times = np.array(asked["seconds"][0], dtype="datetime64[s]")
    np.testing.assert_array_equal(times[-12:], pd.date_range("2010-01-01", periods=12, freq="MS"))


def test_a_series_begins_with_its_first_value(records):
    empty = pd.DataFrame({"time": pd.date_range("2025-12-28", periods=4), "site": "north"})
    late = pd.concat([empty, records], ignore_index=True)
    pd.testing.assert_frame_equal(series().aggregate(late), series().aggregate(records))
    pd.testing.assert_frame_equal(
        series().aggregate(question(late)), series().aggregate(question(records))
    )


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (
            lambda r: r[r["time"] != "2026-01-20"],
            "'north' lacks 1 moment, the first after 2026-01-19",
        ),
        (lambda r: pd.concat([r, r.head(1)]), "1 time more than once, the first"),
        (
            lambda r: r.assign(load=r["load"].mask(r["time"] == "2026-01-20")),
            "without 'load' before",
        ),
        (
            lambda r: r.assign(load=r["load"].mask(r["time"] == "2026-01-20", np.inf)),
            "1 moment whose 'load' is no finite number, the first 2026-01-20",
        ),
        (lambda r: r[r["time"] < "2026-01-09"], "has 8 moments, and a forecast looks back on 14"),
        (
            lambda r: r[r["time"] < "2026-01-16"],
            "too few for one window of 14 and one horizon of 3",
        ),
        (lambda r: r.assign(open=np.nan), "'open' in its first season"),
    ],
)
def test_a_series_that_cannot_be_used_is_told_in_one_sentence(records, spoil, sentence):
    with pytest.raises(UserError, match=sentence) as told:
        series().aggregate(spoil(records))
    assert str(told.value).count(". ") == 0


def test_a_question_past_what_was_learned_or_without_enough_past_is_refused(records):
    ahead = pd.DataFrame({"time": pd.date_range("2026-02-10", periods=4), "site": "north"})
    with pytest.raises(UserError, match="asks for 4 moments after its last value, and 3 were"):
        series().aggregate(question(pd.concat([of(records, "north"), ahead])))
    few = of(records, "north").tail(10)
    with pytest.raises(UserError, match="has 10 moments, and a forecast looks back on 14"):
        series().aggregate(question(few))
