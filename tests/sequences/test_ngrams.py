"""Kneser-Ney against its equations, written down once more with dictionaries."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest
import torch

from caselab.learning.vocabulary import END, PADDING, START
from caselab.sequences.ngrams import KneserNey

N_IDS, N_WORDS = 40, 36


@pytest.fixture(scope="module")
def texts():
    random = np.random.default_rng(0)
    following = random.dirichlet(np.full(N_WORDS, 0.05), size=N_WORDS)

    def text():
        words = [int(random.integers(N_WORDS))]
        for _ in range(random.integers(1, 12)):
            words.append(int(random.choice(N_WORDS, p=following[words[-1]])))
        return np.array([START, *(word + 4 for word in words), END])

    return [text() for _ in range(160)]


class Plain:
    """Chen and Goodman's equations, one n-gram at a time."""

    def __init__(self, texts, order):
        self.order = order
        grams = [
            Counter(tuple(t[i : i + n]) for t in texts for i in range(len(t) - n + 1))
            for n in range(order + 2)
        ]
        self.weight = [Counter() for _ in range(order + 1)]
        for n in range(1, order + 1):
            behind = defaultdict(set)
            for gram in grams[n + 1]:
                behind[gram[1:]].add(gram[0])
            for gram, count in grams[n].items():
                counted = n == order or gram[0] == START
                self.weight[n][gram] = count if counted else len(behind[gram])
        del self.weight[1][(START,)]
        self.follow = defaultdict(dict)
        for n in range(1, order + 1):
            for gram, weight in self.weight[n].items():
                self.follow[gram[:-1]][gram] = weight
        self.discount = [None, *(self.of(self.weight[n].values()) for n in range(1, order + 1))]

    @staticmethod
    def of(weights):
        n = [sum(w == k for w in weights) for k in range(1, 5)]
        if min(n) == 0:
            one = n[0] / (n[0] + 2 * n[1]) if n[0] else 0.5
            return [0, one, one, one]
        y = n[0] / (n[0] + 2 * n[1])
        found = [k - (k + 1) * y * n[k] / n[k - 1] for k in (1, 2, 3)]
        return [0, *np.clip(found, 0.01, [1, 2, 3])]  # of few n-grams some would be negative

    def probability(self, word, before):
        before = tuple(before[max(0, len(before) - self.order + 1) :])
        return self._of(word, before)

    def _of(self, word, before):
        n = len(before) + 1
        lower = 1 / (N_IDS - 2) if n == 1 else self._of(word, before[1:])
        follow = self.follow.get(before, {})
        total = sum(follow.values())
        if not total:
            return lower
        discount = self.discount[n]
        own = follow.get((*before, word), 0)
        left = sum(discount[min(w, 3)] for w in follow.values())
        return (own - discount[min(own, 3)] + left * lower) / total


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_it_is_interpolated_kneser_ney(texts, order):
    model = KneserNey(order).fit(texts[:150], n_outputs=N_IDS)
    plain = Plain(texts[:150], order)
    expected = [
        sum(np.log(plain.probability(t[i], t[:i])) for i in range(1, len(t))) for t in texts[145:]
    ]
    np.testing.assert_allclose(model.log_likelihood(texts[145:]), expected, rtol=1e-5)


def test_what_may_come_next_sums_to_one_and_is_what_texts_are_judged_by(texts):
    model = KneserNey(3).fit(texts[:150], n_outputs=N_IDS)
    text = texts[155]
    state, total = model.begin(torch.zeros(1)), 0.0
    for token, following in pairwise(text):
        said, state = model.step(state, torch.tensor([token]))
        probability = said.exp()[0]
        assert probability.sum() == pytest.approx(1, abs=1e-5)
        assert probability[[PADDING, START]].sum() == 0
        total += float(said[0, following])
    assert total == pytest.approx(model.log_likelihood([text])[0], rel=1e-5)


def test_a_longer_memory_tells_more_of_what_depends_on_it(texts):
    judged = [
        KneserNey(order).fit(texts[:150], n_outputs=N_IDS).log_likelihood(texts[150:]).sum()
        for order in (1, 2)
    ]
    assert judged[1] > judged[0] + 10


def test_what_was_counted_comes_back_from_bytes(texts):
    model = KneserNey(3).fit(texts, n_outputs=N_IDS)
    before = model.log_likelihood(texts)
    state = model.detach_state()
    assert not hasattr(model, "counts_")
    model.attach_state(state)
    np.testing.assert_array_equal(model.log_likelihood(texts), before)


def test_texts_may_be_shorter_than_its_memory(texts):
    model = KneserNey(30).fit(texts[:20], n_outputs=N_IDS)
    assert model.order_ == max(map(len, texts[:20]))
    assert np.isfinite(model.log_likelihood(texts)).all()
