"""The rule by which a candidate becomes champion."""

import pytest

from caselab.evaluation.comparison import Gain
from caselab.params import Gate
from caselab.promotion.gate import decide

CLEAR, NONE = Gain(0.3, 0.2, 0.4), Gain(0.01, -0.02, 0.04)
UNDEFINED = Gain(float("nan"), float("nan"), float("nan"))


def won(gate: Gate, over_baseline: Gain, over_champion: Gain | None, retrained=False) -> bool:
    decision = decide(
        gate, over_baseline, over_champion, champion="churn-svm", retrained=retrained, rows=90
    )
    return decision.promoted


def test_the_first_champion_must_beat_the_baseline_interval_and_all():
    assert won(Gate(), CLEAR, None)
    assert not won(Gate(), NONE, None)
    assert not won(Gate(), UNDEFINED, None)


def test_who_does_not_beat_the_baseline_does_not_win_however_bad_the_champion():
    assert not won(Gate(), NONE, CLEAR)
    assert not won(Gate(), NONE, CLEAR, retrained=True)


@pytest.mark.parametrize(
    ("least_gain", "gain", "expected"),
    [
        (0.0, Gain(0.02, 0.001, 0.04), True),
        (0.0, Gain(0.02, 0.0, 0.04), False),
        (0.01, Gain(0.02, 0.005, 0.04), False),
        (0.01, Gain(0.02, 0.011, 0.04), True),
    ],
)
def test_a_challengers_whole_interval_must_lie_above_the_least_gain(least_gain, gain, expected):
    assert won(Gate(least_gain=least_gain), CLEAR, gain) == expected


@pytest.mark.parametrize(
    ("gain", "expected"),
    [(Gain(0.0, 0.0, 0.0), True), (Gain(0.0, -0.004, 0.004), True), (Gain(0, -0.006, 0), False)],
)
def test_the_champions_own_retraining_must_only_not_be_worse(gain, expected):
    assert won(Gate(greatest_loss=0.005), CLEAR, gain, retrained=True) == expected
    assert not won(Gate(greatest_loss=0.005), CLEAR, gain)


def test_the_gate_can_ask_challengers_only_not_to_be_worse():
    assert won(Gate(rule="not_worse"), CLEAR, Gain(0.0, -0.001, 0.001))


def test_the_reason_names_the_champion_the_gain_and_the_bound():
    decision = decide(Gate(), CLEAR, NONE, champion="churn-svm", retrained=False, rows=90)
    assert decision.why == "gain over churn-svm 0.0100 [-0.0200, 0.0400] does not lie above 0"


def test_where_rows_are_too_few_the_reason_says_what_would_help():
    few = decide(Gate(), NONE, None, champion=None, retrained=False, rows=16)
    assert few.why.endswith("16 test rows cannot tell from luck; add rows, or raise split.test")
    worse = decide(Gate(), Gain(-0.1, -0.2, 0.1), None, champion=None, retrained=False, rows=16)
    assert worse.why == "does not beat the baseline: gain -0.1000 [-0.2000, 0.1000]"


def test_zero_has_no_sign_in_a_reason():
    decision = decide(
        Gate(), CLEAR, Gain(-0.00001, -0.02, -0.0), champion="a", retrained=False, rows=90
    )
    assert "gain over a 0.0000 [-0.0200, 0.0000]" in decision.why
