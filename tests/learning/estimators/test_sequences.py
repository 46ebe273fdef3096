"""Targets that are sequences of tokens, with vocabularies of the training rows."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from caselab.errors import UserError
from caselab.learning.estimators import LightningSequences
from caselab.learning.losses import IGNORED, CrossEntropy
from caselab.learning.training import Training
from caselab.learning.vocabulary import END, PADDING, START, UNKNOWN, Vocabulary

WORDS = [*"abcdefgh"]


class Tagger(nn.Module):
    """A GRU that reads in both directions and answers at every place."""

    def __init__(self, shape, n_outputs, activation, *, n_ids, hidden=16):
        super().__init__()
        self.embedding = nn.Embedding(n_ids, hidden, padding_idx=PADDING)
        self.gru = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * hidden, n_outputs)

    def forward(self, ids):
        lengths = (ids != PADDING).sum(1).clamp(min=1)
        packed = pack_padded_sequence(
            self.embedding(ids), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        states, _ = pad_packed_sequence(
            self.gru(packed)[0], batch_first=True, total_length=ids.shape[1]
        )
        return self.output(states)  # (batch, time, n_outputs)


def sentences(count, longest, seed=0):
    random = np.random.default_rng(seed)
    return [
        [str(word) for word in random.choice(WORDS, random.integers(1, longest + 1))]
        for _ in range(count)
    ]


def tags(sentence):
    """A word is a start, or a repetition of the one before, or else its kind."""
    return [
        "start" if n == 0 else "again" if sentence[n - 1] == word else f"kind {word in 'abc'}"
        for n, word in enumerate(sentence)
    ]


def test_tokens_have_numbers_after_the_special_ones_and_come_back():
    vocabulary = Vocabulary.of([["b", "a", "b"], ["c"]])
    assert vocabulary.tokens == ["b", "a", "c"]
    (ids,) = vocabulary.ids([["a", "z", "b"]], start=True, end=True)
    assert ids.tolist() == [START, 5, UNKNOWN, 4, END]
    assert vocabulary.words([*ids, 4]) == ["a", "<unknown>", "b"]
    assert Vocabulary.of([["b", "a", "b"], ["c"]], least=2).tokens == ["b"]


def test_a_tag_for_every_token_is_learned():
    X = sentences(300, 12)
    y = [tags(sentence) for sentence in X]
    training = Training(max_epochs=25, batch_size=16, learning_rate=0.02, accelerator="cpu")
    model = LightningSequences(Tagger, training=training, random_state=0).fit(X[:250], y[:250])
    found = model.predict([*X[250:], ["never seen"], []])
    assert [len(row) for row in found] == [*map(len, X[250:]), 1, 0]
    right = [
        a == b
        for row, asked in zip(found, y[250:], strict=False)
        for a, b in zip(row, asked, strict=True)
    ]
    assert np.mean(right) > 0.95
    assert set(model.targets_) == {"start", "again", "kind True", "kind False"}
    places = sum(map(len, y[:250]))
    assert places > 250
    assert model.history_[-1]["validation_accuracy"] > 0.9


def test_padding_changes_no_answer():
    X = sentences(60, 9)
    training = Training(max_epochs=2, batch_size=16, accelerator="cpu")
    model = LightningSequences(Tagger, training=training, random_state=0)
    model.fit(X, [tags(sentence) for sentence in X])
    alone = [model.predict([sentence])[0] for sentence in X[:9]]
    assert model.predict(X)[:9] == alone


def test_tags_that_do_not_fit_their_tokens_are_refused():
    model = LightningSequences(Tagger, random_state=0)
    with pytest.raises(UserError, match=r"Sequence 2 has 2 tokens and 1 targets"):
        model.fit([["a"], ["a", "b"]], [["x"], ["x"]])


def test_the_loss_is_the_mean_over_tokens_not_over_sentences():
    logits, target = torch.zeros(2, 3, 5), torch.tensor([[1, 2, 3], [4, IGNORED, IGNORED]])
    total = CrossEntropy()(logits, target)
    assert float(total.weight) == 4
    assert float(total.sum / total.weight) == pytest.approx(np.log(5))
