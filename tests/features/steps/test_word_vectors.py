"""Words looked up in a file of vectors, and the means of their vectors."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer

from caselab import architectures
from caselab.data import word_vectors
from caselab.errors import UserError
from caselab.features import text
from caselab.features.steps.word_vectors import KnownTokenIds, MeanVectors
from caselab.params import PipelineBlock
from caselab.storage import models

KNOWN = {
    "ship": [1.0, 0.0, 2.0],
    "bank": [0.0, 1.0, -1.0],
    "sea": [0.5, 0.5, 0.0],
    "coin": [0.0, 2.0, -1.0],
}
TEXTS = ["the ship the sea", "bank bank ship", "", "never"]


@pytest.fixture
def file(tmp_path):
    lines = (f"{word} {' '.join(map(str, vector))}\n" for word, vector in KNOWN.items())
    (tmp_path / "vectors.txt").write_text("".join(lines))
    word_vectors.read.cache_clear()
    return str(tmp_path / "vectors.txt")


def test_words_of_the_file_have_the_first_ids_also_those_never_seen(file):
    step = KnownTokenIds(embeddings=file).fit(TEXTS)
    assert step.terms_.split() == ["never", "the"]
    found = step.transform(["coin the ship gone"])
    np.testing.assert_array_equal(found, [[5, 7, 2, 1]])


def test_the_mean_is_that_of_tfidf_over_all_words_with_a_vector(file):
    found = MeanVectors(embeddings=file).fit(TEXTS).transform([*TEXTS, "coin sea"])
    weights = TfidfVectorizer(vocabulary=list(KNOWN), norm=None).fit(TEXTS)
    weights = weights.transform([*TEXTS, "coin sea"]).toarray()
    total = weights.sum(1, keepdims=True)
    expected = weights @ np.array(list(KNOWN.values())) / np.where(total, total, 1)
    np.testing.assert_allclose(found, expected)
    assert not found[2:4].any()


def build(file, architecture="text_cnn", dimensions=3, **words):
    model = {"embeddings": file, "embedding_dim": dimensions} if file else {}
    if architecture == "transformer":
        model |= {"n_heads": 1}
    training = {"max_epochs": 3, "accelerator": "cpu", "validation_fraction": 0}
    block = PipelineBlock(
        case="toy",
        view="toy",
        architecture=architecture,
        features={"represent": "tokens", "embeddings": file} | words,
        model=model if architecture != "logistic" else {},
        training=training if architecture != "logistic" else {},
    )
    return architectures.build(block, "text", "classification", seed=1, threads=1)


X = pd.DataFrame({"text": ["the ship", "ship the sea", "a bank", "the bank"] * 5})
Y = np.array(["sea", "sea", "money", "money"] * 5)


@pytest.mark.parametrize("architecture", ["text_cnn", "recurrent", "transformer"])
def test_a_network_keeps_the_vectors_as_they_are_and_holds_them(file, tmp_path, architecture):
    fitted = build(file, architecture).fit(X, Y)
    given = np.array(list(KNOWN.values()))
    known = fitted[-1].weights_["embedding.known"]
    np.testing.assert_allclose(known, given / given.std(), rtol=1e-6)
    assert fitted[-1].pretrained_["origin"] == "vectors.txt"
    network = fitted[-1].network_on(torch.device("cpu"))
    vectors = network.embedding(torch.tensor([[0, 2, 5, 6]]))
    learned = network.embedding.learned.weight
    np.testing.assert_array_equal(vectors[0, 1:3].detach(), known[[0, 3]])
    assert torch.equal(vectors[0, 3], learned[2])
    assert not vectors[0, 0].any()
    models.save(fitted, tmp_path / "model")
    (tmp_path / "vectors.txt").unlink()
    word_vectors.read.cache_clear()
    asked = pd.DataFrame({"text": ["coin", "sea ship", "", "gone"]})
    np.testing.assert_array_equal(
        models.load(tmp_path / "model").predict_proba(asked), fitted.predict_proba(asked)
    )


def test_means_serve_whatever_learns_from_numbers_and_stay_with_it(file, tmp_path):
    fitted = build(file, "logistic", represent="word_vectors").fit(X, Y)
    assert (fitted.predict(X) == Y).all()
    assert fitted.predict(["coin"]) == ["money"]  # which training never saw
    models.save(fitted, tmp_path / "model")
    (tmp_path / "vectors.txt").unlink()
    word_vectors.read.cache_clear()
    read = models.load(tmp_path / "model")
    np.testing.assert_array_equal(read.predict_proba(X), fitted.predict_proba(X))


def test_what_does_not_fit_is_one_sentence(file):
    with pytest.raises(UserError, match=r"have 3 numbers each, and model\.embedding_dim is 64"):
        build(file, dimensions=64).fit(X, Y)
    with pytest.raises(UserError, match="'word_vectors' needs vectors"):
        text.transformer(represent="word_vectors")
    with pytest.raises(UserError, match="no meaning where represent is 'counts'"):
        text.transformer(represent="counts", embeddings=file)
    with pytest.raises(UserError, match="takes words one by one"):
        text.transformer(represent="word_vectors", embeddings=file, ngrams=(1, 2))
