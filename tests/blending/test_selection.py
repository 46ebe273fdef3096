"""Greedy ensemble selection on cases that can be worked out by hand."""

import math

import numpy as np
import pytest

from caselab.blending.selection import greedy

ERRORS = np.array(
    [
        [0.0, 1.0, 0.0, 1.0],  # squared 2
        [-1.0, -1.0, -1.0, -1.0],  # 4, of the other sign
        [3.0, 0.0, 3.0, 0.0],  # 18
    ]
)


def minus_squared_error(weights):
    return -float(np.square(weights @ ERRORS).sum())


def test_members_are_added_that_help_the_average_most():
    # Round 1: the first. Round 2: with the second it has errors -.5, 0, -.5, 0, in all .5; twice the
    # first has 2. Round 3: first twice, second once: -1/3, 1/3, -1/3, 1/3, in all 4/9.
    assert greedy(minus_squared_error, 3, rounds=1).tolist() == [1, 0, 0]
    assert greedy(minus_squared_error, 3, rounds=2).tolist() == [0.5, 0.5, 0]
    assert greedy(minus_squared_error, 3, rounds=3) == pytest.approx([2 / 3, 1 / 3, 0])


def test_the_best_average_that_was_met_is_returned_and_not_the_last():
    def likes_two_of_the_first(weights):
        return {(1.0, 0.0): 1.0, (0.5, 0.5): 2.0}.get(tuple(weights), 0.0)

    assert greedy(likes_two_of_the_first, 2, rounds=9).tolist() == [0.5, 0.5]


def test_no_average_is_worse_than_the_best_single_member_on_the_rows_it_was_chosen_on():
    random = np.random.default_rng(3)
    for _ in range(20):
        truth, answers = random.normal(size=30), random.normal(size=(4, 30))

        def score(weights, truth=truth, answers=answers):
            return -float(np.abs(weights @ answers - truth).mean())

        weights = greedy(score, 4, rounds=12)
        assert weights.sum() == pytest.approx(1)
        assert (weights >= 0).all()
        assert score(weights) >= max(score(alone) for alone in np.eye(4))


def test_of_equal_members_the_first_stands_alone():
    assert greedy(lambda _: 0.5, 3, rounds=7).tolist() == [1, 0, 0]


def test_what_has_no_score_is_not_added_and_of_none_the_first_is_taken():
    def score(weights):
        return math.nan if weights[0] else float(weights[2])

    assert greedy(score, 3, rounds=4).tolist() == [0, 0, 1]
    assert greedy(lambda _: math.nan, 2, rounds=4).tolist() == [1, 0]
