"""Writers: texts in, texts out, and what a user is told of those that are not read as they are."""

import numpy as np
import pytest

from caselab.architectures import seq2seq, transformer
from caselab.errors import UserError
from caselab.learning.training import Training
from caselab.sequences.decoding import Strategy

WORDS = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier"}
TRAINING = Training(
    max_epochs=8, batch_size=16, learning_rate=0.02, accelerator="cpu", validation_fraction=0
)


def pairs(count, seed=0):
    random = np.random.default_rng(seed)
    rows = [random.choice([*WORDS], random.integers(1, 4)).tolist() for _ in range(count)]
    return [" ".join(row) for row in rows], [" ".join(WORDS[each] for each in row) for row in rows]


@pytest.fixture(scope="module")
def writer():
    unfitted = seq2seq.generation(
        tokens="words",
        embedding_dim=16,
        hidden=32,
        dropout=0.0,
        longest=6,
        training=TRAINING,
        random_state=0,
    )
    return unfitted.fit(*pairs(200))


def test_short_texts_are_translated(writer):
    given, asked = pairs(60, seed=1)
    found = writer.write(given)
    assert np.mean([a == b for a, b in zip(found.texts, asked, strict=True)]) >= 0.95
    assert (found.scores <= 0).all()
    assert writer.predict(given) == writer.generate(given) == found.texts


def test_a_text_alone_is_answered_as_among_others(writer):
    given, _ = pairs(12, seed=2)
    for strategy in (Strategy(), Strategy("beam", width=3), Strategy("sample", temperature=2.0)):
        alone = [writer.generate([text], strategy)[0] for text in given]
        assert writer.generate(given, strategy) == alone


def test_for_an_empty_text_nothing_is_written(writer):
    assert writer.generate(["", "  ", "one"]) == ["", "", "eins"]


def test_a_question_cuts_what_is_written_and_a_model_what_it_has_learned_no_more_of(writer):
    assert len(writer.generate(["one two three"], Strategy(longest=2))[0].split()) == 2
    endless = writer.generate(["one two three"], Strategy("sample", 500, temperature=1e9))[0]
    assert len(endless.split()) <= 6


def test_what_is_cut_and_what_was_never_seen_is_told(writer):
    told = writer.remarks(["one two", " ".join(["one"] * 9), "one \u6f22 two", ""])
    assert told == {
        1: "the text has 9 tokens, of which the first 6 are read; what was cut begins with "
        "'one one one'",
        2: "it has characters that training has not seen: \u6f22",
    }


def test_it_shows_what_it_looks_at(writer):
    read, written, weights = writer.looks("one two")
    assert read == [" one", " two", "·"]
    assert written == ["eins", "zwei", "·"]
    assert weights.shape == (3, 3)
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-5)


def test_one_that_does_not_look_shows_nothing():
    tiny = {"tokens": "words", "embedding_dim": 8, "hidden": 8, "random_state": 0}
    training = Training(max_epochs=1, accelerator="cpu", validation_fraction=0)
    for unfitted in (
        seq2seq.generation(attention="none", training=training, **tiny),
        transformer.generation(training=training, **tiny),
    ):
        assert unfitted.fit(*pairs(20)).looks("one two") is None


def test_halves_of_an_odd_number_of_cells_cannot_read():
    unfitted = seq2seq.generation(tokens="words", hidden=7, training=TRAINING, random_state=0)
    with pytest.raises(UserError, match=r"model\.hidden is 7; .* give an even number"):
        unfitted.fit(*pairs(20))
