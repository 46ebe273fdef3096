"""Counts and PMI against sums by hand."""

import numpy as np
import pytest

from caselab.sequences.cooccurrence import cooccurrences, positive_pmi

TEXTS = [["a", "b", "a", "c"], ["b", "x", "c"]]
WORDS = ["a", "b", "c"]


def test_pairs_within_a_window_are_counted_in_each_text_both_ways():
    """a b a c: ab, ba, ac next to each other and aa, bc two apart; b c, as x is no word of these."""
    near = [[0, 2, 1], [2, 0, 1], [1, 1, 0]]
    np.testing.assert_array_equal(cooccurrences(TEXTS, WORDS, 1).toarray(), near)
    wider = [[2, 2, 1], [2, 0, 2], [1, 2, 0]]
    np.testing.assert_array_equal(cooccurrences(TEXTS, WORDS, 2).toarray(), wider)


def test_by_distance_a_pair_two_apart_counts_half():
    found = cooccurrences(TEXTS, WORDS, 2, by_distance=True).toarray()
    np.testing.assert_allclose(found, [[1, 2, 1], [2, 0, 1.5], [1, 1.5, 0]])


def test_a_window_wider_than_all_texts_is_no_error():
    assert cooccurrences([["a"]], WORDS, 5).nnz == 0
    assert cooccurrences([], WORDS, 5).nnz == 0


def test_pmi_is_the_logarithm_of_how_much_commoner_a_pair_is_than_by_chance():
    """Of 8 pairs a has 3, b 3, c 2: P(a, b) = 2/8, P(a) P(b) = 9/64."""
    counts = cooccurrences(TEXTS, WORDS, 1)
    found = positive_pmi(counts, smoothing=1).toarray()
    ab, ac = np.log((2 / 8) / (9 / 64)), np.log((1 / 8) / (6 / 64))
    np.testing.assert_allclose(found, [[0, ab, ac], [ab, 0, ac], [ac, ac, 0]])


def test_smoothing_and_shift_are_those_of_levy_and_goldberg():
    counts = cooccurrences(TEXTS, WORDS, 1)
    contexts = np.array([3, 3, 2]) ** 0.75
    contexts /= contexts.sum()
    ab = np.log((2 / 8) / ((3 / 8) * contexts[1])) - np.log(1.2)
    found = positive_pmi(counts, smoothing=0.75, shift=1.2).toarray()
    assert found[0, 1] == pytest.approx(ab)
    assert positive_pmi(counts, shift=100).nnz == 0
