"""gensim's vectors are those that gensim gives by itself, and every setting reaches it."""

import numpy as np
import pytest
from gensim.models import FastText, Word2Vec

from caselab.sequences.neural_words import NeuralWords, SubwordWords

RANDOM = np.random.default_rng(0)
WORDS = [f"{a}{b}" for a in ("ship", "gold", "peace") for b in ("s", "er", "ing", "ed")]
TEXTS = [list(RANDOM.choice(WORDS, 12)) for _ in range(60)]
ROWS = np.array([[" ".join(text), ""] for text in TEXTS] + [["ships golder", "similarity"]] * 9)
PLAIN = {"vector_size": 6, "window": 3, "min_count": 2, "epochs": 2, "seed": 4, "workers": 1}
OURS = {"embedding_dim": 6, "window": 3, "least": 2, "epochs": 2, "random_state": 4}

GENSIM = {
    ("cbow", "negative_sampling"): {"sg": 0, "hs": 0, "negative": 5},
    ("cbow", "hierarchical_softmax"): {"sg": 0, "hs": 1, "negative": 0},
    ("skip_gram", "negative_sampling"): {"sg": 1, "hs": 0, "negative": 5},
    ("skip_gram", "hierarchical_softmax"): {"sg": 1, "hs": 1, "negative": 0},
}


@pytest.mark.parametrize(("ways", "of_gensim"), GENSIM.items())
def test_vectors_are_plain_gensims(ways, of_gensim):
    """Of the texts alone: questions are not learned from."""
    found = NeuralWords(*ways, **OURS).fit(ROWS).vectors_
    plain = Word2Vec(TEXTS, **PLAIN, **of_gensim).wv
    assert list(found.words) == plain.index_to_key
    np.testing.assert_array_equal(found.vectors, plain.vectors)


def test_the_four_ways_are_four():
    found = [NeuralWords(*ways, **OURS).fit(ROWS).vectors_ for ways in GENSIM]
    for number, one in enumerate(found):
        for other in found[number + 1 :]:
            assert not np.allclose(one.vectors, other.vectors)


@pytest.mark.parametrize(
    "setting",
    [{"n_negatives": 9}, {"window": 1}, {"subsample": 0.0}, {"epochs": 3}, {"learning_rate": 0.1}],
)
def test_each_setting_changes_what_is_learned(setting):
    plain = NeuralWords(**OURS).fit(ROWS).vectors_.vectors
    assert not np.allclose(NeuralWords(**OURS | setting).fit(ROWS).vectors_.vectors, plain)


def test_subwords_are_plain_fasttexts_also_of_words_never_seen():
    model = SubwordWords(**OURS, n_buckets=500).fit(ROWS)
    plain = FastText(TEXTS, **PLAIN, sg=1, bucket=500, min_n=3, max_n=6).wv
    np.testing.assert_array_equal(model.vectors_.vectors, plain.vectors)
    assert model.knows("shipless")
    assert not NeuralWords(**OURS).fit(ROWS).knows("shipless")
    found = model.directions(["shipless", "ships"])
    for row, word in zip(found, ("shipless", "ships"), strict=True):
        expected = plain.get_vector(word, norm=True)
        np.testing.assert_allclose(row, expected, atol=1e-6)
