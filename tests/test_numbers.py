import math

import pytest

from caselab.numbers import between, counted, gain, minute, number, percent


def test_one_thing_is_told_apart_from_none_and_many():
    told = [counted(count, "run") for count in (0, 1, 1200)]
    assert told == ["0 runs", "1 run", "1,200 runs"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.8476, "0.848"),
        (-0.5, "-0.500"),
        (12.528, "12.53"),
        (364.21, "364.2"),
        (26119.7, "26,120"),
        (0.0, "0.000"),
    ],
)
def test_a_number_has_the_decimals_its_size_asks_for(value, written):
    assert number(value) == written


def test_a_small_gain_has_its_digits_and_zero_no_sign():
    assert gain(0.0004, -0.0012, 0.002) == "+0.0004 [-0.0012, +0.0020]"
    assert gain(-0.00001, -0.0, 0.00004) == "0.0000 [0.0000, 0.0000]"
    assert gain(-0.5) == "-0.5000"
    assert gain(math.nan) == ""


def test_an_interval_is_never_read_as_a_sign():
    assert between(0.839, 0.857) == "0.839-0.857"
    assert between(-1.0, -0.438) == "-1.000 to -0.438"


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (977 / 980, "99.7%"),
        (1.0, "100%"),
        (0.0, "0%"),
        (0.5, "50%"),
        (1e-5, "<0.1%"),
        (1 - 1e-5, ">99.9%"),
        (0.004, "0.4%"),
    ],
)
def test_only_all_is_100_percent_and_only_none_is_0(share, said):
    assert percent(share) == said


def test_times_are_shown_to_the_minute():
    assert minute("2026-11-22T02:40:34.338878Z") == "2026-11-22 02:40"
    assert minute(None) == ""
