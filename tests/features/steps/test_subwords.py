"""Subwords of a tokenizer that is made here."""

import logging

import numpy as np
import pytest

from caselab.errors import UserError
from caselab.features.steps.subwords import Subwords
from caselab.learning import backbones
from caselab.storage import models
from tests.subwords import PIECES, tokenizer

TEXTS = ["ship ahoy", "Ships!", "", "🦜 ship ship ship ship"]


@pytest.fixture(autouse=True)
def bundled(monkeypatch):
    monkeypatch.setattr(backbones, "tokenizer", lambda name: tokenizer())


def test_texts_are_cut_as_the_tokenizer_says_and_numbers_are_moved_by_one():
    ids = Subwords(length=8).fit(TEXTS).transform(TEXTS)
    cut = [[PIECES[number - 1] for number in row if number] for row in ids]
    assert cut == [
        ["[CLS]", "ship", "[UNK]", "[SEP]"],
        ["[CLS]", "ship", "##s", "!", "[SEP]"],
        ["[CLS]", "[SEP]"],
        ["[CLS]", "[UNK]", "ship", "ship", "ship", "ship", "[SEP]"],
    ]
    assert ids.dtype == np.int64
    assert ids.shape == (4, 8)


def test_what_is_longer_is_cut_before_its_end_and_told(caplog):
    with caplog.at_level(logging.WARNING):
        ids = Subwords(length=4).fit(TEXTS).transform(TEXTS)
    assert "2 of 4 texts have more than 4 subwords" in caplog.text
    assert [PIECES[number - 1] for number in ids[3]] == ["[CLS]", "[UNK]", "ship", "[SEP]"]


def test_a_user_is_told_of_which_texts_not_all_is_read():
    told = Subwords(length=4).fit(TEXTS).remarks(TEXTS)
    assert set(told) == {1, 3}
    assert told[1] == "the text has more than 4 subwords, of which the first are read"


def test_stored_it_holds_its_tokenizer(tmp_path, monkeypatch):
    from sklearn.pipeline import Pipeline

    fitted = Pipeline([("subwords", Subwords(length=6))]).fit(TEXTS)
    asked = fitted.transform(TEXTS)  # which leaves what cannot be stored
    models.save(fitted, tmp_path)
    monkeypatch.setattr(backbones, "tokenizer", None)
    np.testing.assert_array_equal(models.load(tmp_path).transform(TEXTS), asked)


def test_a_backbone_for_pictures_reads_no_texts(monkeypatch):
    monkeypatch.undo()
    with pytest.raises(UserError, match="reads pictures, and no texts; name minilm"):
        Subwords("efficientnet_lite0").fit(TEXTS)
