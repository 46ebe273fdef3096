"""Nearest words and cosines against gensim's; what is stored; what is told of odd questions."""

import numpy as np
import pytest
from gensim.models import KeyedVectors

from caselab.data import word_vectors
from caselab.errors import UserError
from caselab.sequences.words import Vectors, WordModel, commonest, cosines

RANDOM = np.random.default_rng(3)
WORDS = ["the", "peace", "war", "ship", "harbour", "gold", "naïve"]
VECTORS = RANDOM.normal(size=(len(WORDS), 5)).astype(np.float32)


class Given(WordModel):
    """Vectors that were not learned."""

    least = 2

    def _learned(self, texts, known):
        return Vectors(known, np.eye(len(known)))


@pytest.fixture
def model():
    made = Given()
    made.vectors_ = Vectors(WORDS, VECTORS)
    return made


@pytest.fixture
def gensims():
    made = KeyedVectors(5)
    made.add_vectors(WORDS, VECTORS)
    return made


def test_cosines_are_gensims(model, gensims):
    one, other = model.directions(["peace", "gold"]), model.directions(["war", "gold"])
    expected = [gensims.similarity("peace", "war"), 1]
    np.testing.assert_allclose(cosines(one, other), expected, atol=1e-6)


def test_the_nearest_of_an_analogy_are_gensims_3cosadd(model, gensims):
    a, b, c = model.directions(["peace", "war", "ship"])
    (found,) = model.nearest((b - a + c)[np.newaxis], [["peace", "war", "ship"]], 3)
    expected = gensims.most_similar(positive=["war", "ship"], negative=["peace"], topn=3)
    expected = [(word, cosine) for word, cosine in expected if cosine > 0]
    assert [word for word, _ in found] == [word for word, _ in expected]
    np.testing.assert_allclose([c for _, c in found], [c for _, c in expected], atol=1e-6)


def test_an_unknown_word_has_no_direction_and_nothing_near(model):
    found = model.directions(["quetzal"])
    assert not found.any()
    assert model.nearest(found, [["quetzal"]], 5) == [[]]


def test_what_is_stored_is_a_file_of_word2vec_that_gensim_and_we_read(model, tmp_path):
    file = tmp_path / "vectors.word2vec"
    file.write_bytes(state := model.vectors_.detach_state())
    model.vectors_.attach_state(state)
    assert model.vectors_.words == tuple(WORDS)
    np.testing.assert_array_equal(model.vectors_.vectors, VECTORS)
    theirs = KeyedVectors.load_word2vec_format(str(file), binary=True)
    assert theirs.index_to_key == WORDS
    np.testing.assert_array_equal(theirs.vectors, VECTORS)
    ours = word_vectors.read(str(file))
    assert ours.words == tuple(WORDS)
    np.testing.assert_array_equal(ours.vectors, VECTORS)


def test_a_file_of_words_without_numbers_is_refused(tmp_path):
    file = tmp_path / "one_hot.word2vec"
    file.write_bytes(word_vectors.dumps(["peace", "war"], np.zeros((2, 0))))
    with pytest.raises(UserError, match=r"one_hot\.word2vec"):
        word_vectors.read(str(file))


def test_words_are_known_from_the_texts_and_not_from_questions():
    rows = [["peace war peace war", ""], ["ship ship", "similarity"], ["ship", ""]]
    model = Given().fit(np.array(rows, dtype=object))
    assert model.vectors_.words == ("peace", "war")
    with pytest.raises(UserError, match=r"No two words stand 2 times .* lower model\.least"):
        Given().fit(np.array(rows[1:], dtype=object))


def test_the_commonest_word_comes_first_and_of_equal_ones_the_first_in_the_alphabet():
    assert commonest([["b", "a", "c", "c"], ["c", "b", "a", "d"]], 2) == ["c", "a", "b"]


def test_what_is_odd_about_a_question_is_told(model):
    rows = [
        ["peace war", "similarity"],
        ["peace quetzal", "similarity"],
        ["peace", "relatedness"],
        ["peace war", "analogy"],
        ["", ""],
    ]
    told = model.remarks(np.array(rows, dtype=object))
    assert told == {
        1: "'quetzal' has no vector: training holds it fewer than 2 times",
        2: "two words are compared, and the text has 1",
        3: "an analogy is of three words or four, and the text has 2",
        4: "there is no word in the text",
    }


def test_a_text_to_learn_from_is_no_question(model):
    told = model.remarks(np.array([["peace " * 21, ""]], dtype=object))
    assert told == {0: "the text has 21 words, and 20 are the most to ask of"}
