"""GloVe against its equations in NumPy; what words models leave is a file that text pipelines take."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.pipeline import make_pipeline

from caselab.architectures import glove, pmi_svd
from caselab.architectures.glove import GloveNetwork
from caselab.features import text, words
from caselab.learning.objectives import Batch
from caselab.learning.training import Training
from caselab.sequences.cooccurrence import cooccurrences
from caselab.storage import models
from tests import toys

IDS = np.array([[0, 1], [1, 0], [2, 2], [1, 2]])
COUNTS = np.array([[0.5], [150.0], [7.0], [100.0]], dtype=np.float32)


def network(**settings):
    torch.manual_seed(0)
    options = {"n_words": 3, "embedding_dim": 4, "most": 100.0, "power": 0.75} | settings
    made = GloveNetwork((2,), 1, torch.nn.ReLU, **options)
    for weights in made.parameters():
        torch.nn.init.normal_(weights)
    return made


@pytest.mark.parametrize(("most", "power"), [(100.0, 0.75), (10.0, 0.5)])
def test_the_objective_is_gloves(most, power):
    """Pennington, Socher and Manning (2014), equations 8 and 9."""
    made = network(most=most, power=power)
    total = made.objective(Batch(torch.tensor(IDS), torch.tensor(COUNTS)))
    w, c, b, d = (p.detach().numpy().astype(float) for p in made.parameters())
    expected = 0.0
    for (i, j), count in zip(IDS, COUNTS[:, 0].astype(float), strict=True):
        weight = (count / most) ** power if count < most else 1.0
        expected += weight * (w[i] @ c[j] + b[i, 0] + d[j, 0] - np.log(count)) ** 2
    assert float(total.sum.detach()) == pytest.approx(expected, rel=1e-5)
    assert total.weight == len(IDS)


def test_glove_comes_near_to_the_logarithms_of_counts():
    """Its vectors alone, without biases, cannot be held against them; its loss can."""
    toy = toys.rows("vectors", "words")
    training = Training(
        optimizer="adagrad",
        learning_rate=0.2,
        weight_decay=0,
        max_epochs=25,
        batch_size=256,
        validation_fraction=0,
    )
    model = glove.Glove(embedding_dim=8, training=training, random_state=1)
    model.fit(words.transformer().transform(toy.X))
    losses = [epoch["train_loss"] for epoch in model.history_]
    assert losses[-1] < 0.2 * losses[0]
    again = glove.Glove(embedding_dim=8, training=training, random_state=1)
    again.fit(words.transformer().transform(toy.X))
    np.testing.assert_array_equal(model.vectors_.vectors, again.vectors_.vectors)


def test_all_singular_vectors_together_give_pmi_back():
    """With the power 1/2 the products of W and C are the matrix; W W' is it where it has no negative
    eigenvalue, and of the same square in any case."""
    toy = toys.rows("vectors", "words")
    rows = words.transformer().transform(toy.X)
    model = pmi_svd.vectors(embedding_dim=500, singular_power=1.0, random_state=0).fit(rows)
    texts = [row.split() for row, asked in rows if not asked]
    counts = cooccurrences(texts, model.vectors_.words, 5)
    pmi = pmi_svd.positive_pmi(counts).toarray()
    W = model.vectors_.vectors.astype(float)
    missed = np.linalg.svd(pmi, compute_uv=False)[-1]  # one singular vector fewer than words
    assert np.abs(W @ W.T - pmi @ pmi.T).max() <= missed**2 + 1e-3


def test_texts_are_represented_by_vectors_that_a_words_model_left(tmp_path):
    toy = toys.rows("vectors", "words")
    model = make_pipeline(words.transformer(), pmi_svd.vectors(embedding_dim=5, random_state=0))
    models.save(model.fit(toy.X), tmp_path)
    (file,) = tmp_path.glob("*.vectors_.word2vec")
    mean = text.transformer(represent="word_vectors", embeddings=str(file))
    asked = pd.DataFrame({"text": ["ship", "harbour", "quetzal"]})
    found = mean.fit(asked).transform(asked)
    vectors = dict(zip(model[-1].vectors_.words, model[-1].vectors_.vectors, strict=True))
    np.testing.assert_allclose(found, [vectors["ship"], vectors["harbour"], [0] * 5], atol=1e-6)
    ids = text.transformer(represent="tokens", embeddings=str(file)).fit_transform(asked)
    assert ids[0, 0] == 2 + model[-1].vectors_.words.index("ship")
