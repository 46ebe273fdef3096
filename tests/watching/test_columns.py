"""Columns of every kind beside scipy's own tests, and where they hold little or nothing."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from caselab.data.pictures import png
from caselab.watching import categorical, columns, numeric, texts
from caselab.watching.changes import judged

RANDOM = np.random.default_rng(7)


def compare(before, now):
    """Hold one column against another."""
    known, skipped = columns.summaries(pd.DataFrame({"a": before}))
    assert not skipped
    return columns.compare("inputs", known, pd.DataFrame({"a": now}))


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_numbers_have_scipys_distance_and_p_value(shift):
    before, now = RANDOM.normal(size=180), RANDOM.normal(shift, size=70)
    (found,) = compare(before, now)
    scipys = stats.ks_2samp(before, now, method="asymp")
    assert found.effect == pytest.approx(scipys.statistic)
    assert found.p == pytest.approx(scipys.pvalue)


def test_of_many_distinct_numbers_the_distance_is_near_scipys():
    before, now = RANDOM.normal(size=6000), RANDOM.normal(0.2, 1.1, size=500)
    (found,) = compare(before, now)
    assert found.effect == pytest.approx(stats.ks_2samp(before, now).statistic, abs=0.006)


def test_gaps_count_as_a_value_of_their_own():
    before = RANDOM.normal(size=500)
    (found,) = compare(before, np.full(50, np.nan))
    assert (found.effect, found.now) == (1.0, "100% missing")
    assert found.p < 1e-10
    (half,) = compare(before, np.where(np.arange(50) % 2, before[:50], np.inf))
    assert half.effect == pytest.approx(0.5, abs=0.1)


def test_a_column_that_was_all_missing_is_seen_to_fill():
    (found,) = compare(np.full(100, np.nan), np.arange(100.0))
    assert found.effect == 1.0
    (same,) = compare(np.full(100, np.nan), np.full(40, np.nan))
    assert (same.effect, same.p) == (0.0, 1.0)


def test_a_constant_column_stays_and_moves():
    (same,) = compare(np.full(200, 3.5), np.full(40, 3.5))
    assert (same.effect, same.p) == (0.0, 1.0)
    (moved,) = compare(np.full(200, 3.5), np.full(40, 4.0))
    assert moved.effect == 1.0
    assert moved.p < 1e-10


def test_frequent_categories_have_scipys_chi_square():
    before = pd.Series(RANDOM.choice(["a", "b", "c"], 300))
    now = pd.Series(RANDOM.choice(["a", "b", "c"], 90, p=[0.5, 0.3, 0.2]))
    (found,) = compare(before, now)
    table = pd.DataFrame({"x": before.value_counts(), "y": now.value_counts()}).to_numpy()
    assert found.p == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
    shares = table / table.sum(axis=0)
    assert found.effect == pytest.approx(np.abs(shares[:, 0] - shares[:, 1]).sum() / 2)


def test_two_categories_are_tested_exactly():
    flags = np.repeat([0, 1], [80, 20]), np.repeat([0, 1], [20, 20])
    (found,) = compare(*flags)
    assert found.p == pytest.approx(stats.fisher_exact([[80, 20], [20, 20]]).pvalue)


def test_one_row_of_a_new_category_is_no_alarm_and_is_told():
    before = np.repeat(["a", "b"], 2000)
    (one,) = compare(before, [*np.repeat(["a", "b"], 125), "new"])
    assert not judged([one], 0.05, 0.0)[0].moved
    assert one.note == "never learned: 'new', 0.4% of the rows"
    (many,) = compare(before, [*np.repeat(["a", "b"], 100), *["new"] * 50])
    assert judged([many], 0.05, 0.1)[0].moved
    assert many.effect == pytest.approx(0.2)


def test_where_all_rows_are_of_a_new_category_it_is_an_alarm():
    (found,) = compare([*np.repeat(["a", "b", "c"], 1667)], ["new"] * 100)
    assert judged([found], 0.05, 0.1)[0].moved
    assert found.effect == pytest.approx(1.0)
    assert found.p == pytest.approx(stats.fisher_exact([[5001, 0], [0, 100]]).pvalue)


def test_three_rows_are_compared_without_alarm():
    table = pd.DataFrame({"n": RANDOM.normal(size=400), "c": RANDOM.choice([*"abc"], 400)})
    known, _ = columns.summaries(table)
    found = columns.compare("inputs", known, table.head(3))
    assert not any(change.moved for change in judged(found, 0.05, 0.1))


def test_a_word_that_is_new_to_texts_is_expected_as_often_as_it_was():
    words = [f"w{number}" for number in range(400)]
    weights = 1 / np.arange(1, 401)
    weights /= weights.sum()

    def written(number):
        return [" ".join(RANDOM.choice(words, 12, p=weights)) for _ in range(number)]

    before, same = written(300), written(200)
    assert not any(change.moved for change in judged(compare(before, same), 0.05, 0.1))
    other = [text.replace("w1", "v1") for text in same]
    moved = {change.name: change.moved for change in judged(compare(before, other), 0.05, 0.1)}
    assert moved["a: share of unknown words"]
    assert not moved["a: words"]
    assert texts.summary(pd.Series(["one two", "two three"]))["unknown"]["edges"] == [0.5]


def test_pictures_that_darken_are_seen():
    def shot(level):
        return png(RANDOM.integers(0, level, (8, 8)).astype(np.uint8))

    found = compare([shot(255) for _ in range(120)], [shot(120) for _ in range(40)])
    moved = {change.name for change in judged(found, 0.05, 0.1) if change.moved}
    assert {"a: brightness", "a: contrast", "a: sharpness"} == moved
    broken = compare([shot(255) for _ in range(60)], [b"no picture"] * 40)
    assert all(change.moved for change in judged(broken, 0.05, 0.1))


def test_lists_of_numbers_go_by_mean_and_spread():
    before = [RANDOM.normal(size=20) for _ in range(40)]
    found = compare(before, [each + 1 for each in before[:60]])
    moved = {change.name: change.moved for change in judged(found, 0.05, 0.1)}
    assert moved == {"a: mean": True, "a: spread": False}


def test_what_names_rows_or_is_a_time_is_not_watched_and_told():
    table = pd.DataFrame(
        {"code": [f"c{n}" for n in range(100)], "day": pd.date_range("2026-01-01", periods=100)}
    )
    known, skipped = columns.summaries(table)
    assert known == {}
    assert skipped.keys() == {"code", "day"}


def test_what_is_kept_goes_through_json():
    import json

    table = pd.DataFrame({"n": [1.5, None, 3.0] * 30, "t": [True, False, True] * 30})
    known, _ = columns.summaries(table)
    again = json.loads(json.dumps(known, allow_nan=False))
    same = columns.compare("inputs", again, table)
    assert [change.effect for change in same] == [0.0, 0.0]


def test_numbers_and_their_flags_are_the_same_category_however_they_are_typed():
    words = [categorical.words(pd.Series(each)).tolist() for each in ([1, 0], [1.0, 0.0])]
    assert words[0] == words[1] == ["1", "0"]
    assert categorical.words(pd.Series([True, False])).tolist() == ["1", "0"]


def test_false_alarms_come_no_more_often_than_stated():
    """40 windows of twelve columns in which nothing has moved, whatever the least effect."""
    random = np.random.default_rng(11)

    def table(number):
        score = random.normal(size=number)
        return pd.DataFrame(
            {f"n{i}": random.normal(size=number) for i in range(4)}
            | {f"c{i}": random.choice([*"abcdefgh"], number, p=SHARES) for i in range(4)}
            | {"flag": random.integers(0, 2, number), "score": score, "twice": score * 2}
            | {"gaps": np.where(random.random(number) < 0.1, np.nan, score)}
        )

    known, _ = columns.summaries(table(2000))
    alarms = 0
    for _ in range(40):
        found = judged(columns.compare("inputs", known, table(120)), 0.05, 0.0)
        alarms += any(change.moved for change in found)
    assert stats.binomtest(alarms, 40, 0.05, alternative="greater").pvalue > 0.01
    assert alarms > 0  # or the correction has made the watch blind


SHARES = [0.4, 0.3, 0.15, 0.08, 0.04, 0.02, 0.007, 0.003]


def test_p_values_shrink_with_rows_and_effects_do_not():
    few, many = (numeric.p_value(0.05, 5000, rows) for rows in (200, 20_000))
    assert few > 0.5
    assert many < 1e-6
