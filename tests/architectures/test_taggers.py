"""What tags sentences: context, spelling, padding, and the signs of a field."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from caselab.architectures import baseline, crf, recurrent, transformer
from caselab.errors import UserError
from caselab.learning.training import Training
from tests.toys import sentences

TRAINING = Training(
    learning_rate=0.02, batch_size=16, max_epochs=12, validation_fraction=0, accelerator="cpu"
)
SMALL = {"embedding_dim": 8, "hidden": 8, "dropout": 0.0, "training": TRAINING, "random_state": 0}
TAGGERS = {
    "crf": lambda: crf.tagging(max_iterations=10, random_state=0),
    "rnn": lambda: recurrent.tagging(cell="rnn", **SMALL),
    "lstm": lambda: recurrent.tagging(**SMALL),
    "transformer": lambda: transformer.tagging(**{**SMALL, "hidden": 16}, n_heads=2, layers=1),
}
NETWORKS = ["lstm", "transformer"]


@pytest.fixture(scope="module")
def rows():
    records, told = sentences.records(160, np.random.default_rng(0))
    return records["text"].to_numpy(dtype=object), np.array(sentences.tags(told), dtype=object)


@pytest.fixture(scope="module")
def fitted(rows):
    return {name: make().fit(*rows) for name, make in TAGGERS.items()}


def rightly(model, X, y):
    said = " ".join(" ".join(row) for row in model.predict(X)).split()
    return np.mean([a == b for a, b in zip(said, " ".join(y).split(), strict=True)])


@pytest.mark.parametrize("name", TAGGERS)
def test_context_tells_a_noun_from_a_verb(fitted, name):
    asked = ["the walk finds the play .", "that run sees that walk ?", "a play walk ."]
    tags = ["DET NOUN VERB DET NOUN .", "DET NOUN VERB DET NOUN .", "DET NOUN VERB ."]
    assert rightly(fitted[name], asked, tags) == 1
    assert rightly(baseline.tagging().fit(asked, tags), asked, tags) < 1


def test_a_baseline_gives_each_word_its_most_frequent_tag():
    model = baseline.tagging().fit(["a b a", "a c c"], ["X Y X", "Y Z Z"])
    assert model.predict(["a b c d"]) == [["X", "Y", "Z", "X"]]


@pytest.mark.parametrize("name", NETWORKS)
def test_padding_and_batch_mates_never_change_an_answer(fitted, name):
    model = fitted[name]
    network = model.network_on(torch.device("cpu"))
    asked = ["the ship sees gold .", "Zyzzyva", "that army", "a play walk ."]
    ids = model._inputs([each.split() for each in asked]).take(slice(None))
    with torch.inference_mode():
        found = network(ids)
        padded = network(F.pad(ids, (0, 0, 0, 7)))
        torch.testing.assert_close(padded[:, : ids.shape[1]], found)
        for row, sentence in enumerate(asked):
            length = len(sentence.split())
            alone = network(ids[row : row + 1, :length])[0]
            torch.testing.assert_close(found[row, :length], alone)


@pytest.mark.parametrize("name", ["crf", *NETWORKS])
def test_a_word_never_read_is_told_by_its_spelling(rows, name):
    X, y = rows
    spelt = np.array([text.replace("takes", "pretends").replace("leaves", "defends") for text in X])
    model = TAGGERS[name]().fit(spelt, y)
    assert model.predict(["the ship attends the gold ."])[0][2] == "VERB"


@pytest.mark.parametrize("name", ["crf", *NETWORKS])
def test_a_sentence_without_a_tag_for_each_word_is_refused(name):
    with pytest.raises(UserError, match=r"(?i)sentence 2 has 2 words|sequence 2 has 2 tokens"):
        TAGGERS[name]().fit(["a b", "c d"], ["X Y", "X"])


def test_two_fits_of_a_field_in_one_process_are_one(rows):
    first, second = (TAGGERS["crf"]().fit(*rows).model_ for _ in range(2))
    assert first == second
