import numpy as np
import pandas as pd
import pytest

from caselab.errors import UserError
from caselab.inspection import moments, series, writing
from caselab.inspection.wishes import Wishes

WISHES = {"target": "sales", "time": "when", "problem": "forecasting"}


def table(n=240, freq="MS", shops=("a",), written="%d.%m.%Y"):
    random = np.random.default_rng(0)
    when = pd.date_range("2000-01-01", periods=n, freq=freq).strftime(written)
    of = [
        pd.DataFrame(
            {"when": when, "shop": shop, "sales": np.sin(np.arange(n)) + random.normal(size=n)}
        )
        for shop in shops
    ]
    return pd.concat(of, ignore_index=True)


@pytest.mark.parametrize(
    ("freq", "step", "horizon", "season"),
    [
        ("30min", "30min", 48, 336),
        ("h", "1h", 24, 168),
        ("D", "D", 7, 7),
        ("MS", "M", 12, 12),
        ("ME", "M", 12, 12),
        ("QS", "Q", 4, 4),
        ("W", "W", 4, 52),
    ],
)
def test_what_is_asked_goes_by_the_distance_of_moments(freq, step, horizon, season):
    times = pd.Series(
        pd.date_range("1970-01-01", periods=1000 if freq in ("QS", "W") else 2100, freq=freq),
        name="when",
    )
    found = moments.found(times, None)
    assert (found.step, found.horizon, found.season) == (step, horizon, season)
    assert found.window >= 2 * season


def test_a_proposal_of_several_series_can_be_prepared_as_it_is_written():
    records = table(shops=("a", "b"))
    proposal, records = series.propose(
        "shops", {"origin": "shops.csv"}, records, Wishes(group="shop", **WISHES)
    )
    rows = writing.rehearse(proposal, records)
    assert rows["train"] + rows["test"] == rows["of the case"] == 2 * 18
    assert {block["architecture"] for block in proposal.pipelines.values()} >= {"seasonal_naive"}


def test_months_without_days_and_series_that_begin_later_are_taken():
    records = table(shops=("a", "b"), written="%Y %b")
    late = (records["shop"] == "b") & (records.groupby("shop").cumcount() < 60)
    records["sales"] = records["sales"].mask(late)
    proposal, records = series.propose(
        "shops", {"origin": "shops.csv"}, records, Wishes(group="shop", **WISHES)
    )
    assert proposal.moments.step == "M"
    assert proposal.notes[1].startswith("60 records before the first value of their series")
    rows = writing.rehearse(proposal, records)
    assert rows["train"] + rows["test"] == 18 + 13


@pytest.mark.parametrize(
    ("records", "wishes", "sentence"),
    [
        (table(), {"time": None}, "with --time"),
        (table().assign(sales="many"), {}, "forecasts are of numbers|nothing to learn"),
        (table(40), {}, "40 moments, which make 1 forecasts"),
        (table().assign(when="2026-01-01"), {}, "has two moments|--group"),
        (table(written="%d.%m.%Y").rename(columns={"shop": "ahead"}), {}, "rename it"),
    ],
)
def test_what_cannot_be_forecast_is_told_in_one_sentence(records, wishes, sentence):
    with pytest.raises(UserError, match=sentence):
        series.propose("shops", {"origin": "x.csv"}, records, Wishes(**(WISHES | wishes)))
