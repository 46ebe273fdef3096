import inspect

import numpy as np
import pytest
from scipy import sparse
from sklearn.decomposition import NMF, LatentDirichletAllocation
from sklearn.pipeline import Pipeline

from caselab.architectures import baseline, lda
from caselab.errors import UserError
from caselab.features import text
from caselab.grouping.topic_coherence import npmi, top_terms, topic_coherence
from caselab.grouping.topics import TopicModel
from caselab.storage import archives
from tests.architectures.every import solving

THEMES = ("bank money gold", "ship navy sea", "school child health", "army war soldier")


@pytest.fixture(scope="module")
def texts():
    """Return 300 texts of six words of one theme, and for each the theme it is of."""
    import pandas as pd

    random = np.random.default_rng(0)
    theme = random.integers(len(THEMES), size=300)
    words = [" ".join(random.choice(THEMES[each].split(), 6)) for each in theme]
    return pd.DataFrame({"text": words}), theme


every_architecture = pytest.mark.parametrize(
    "architect", [pytest.param(e.architect, id=str(e)) for e in solving("topics")]
)


def fitted(architect, texts, **settings):
    taken = inspect.signature(architect).parameters
    settings = {name: settings[name] for name in settings if name in taken}
    pipeline = Pipeline(
        [
            ("features", text.transformer(represent="counts")),
            ("model", architect(random_state=0, **settings)),
        ]
    )
    return pipeline.fit(texts[0])


def test_npmi_is_one_for_always_none_for_chance_and_minus_one_for_never():
    together = np.array([0.2, 0.06, 0.0, 1.0])
    found = npmi(together, np.array([0.2, 0.2, 0.3, 1.0]), np.array([0.2, 0.3, 0.2, 1.0]))
    np.testing.assert_allclose(found, [1, 0, -1, 0], atol=1e-12)


def test_coherence_is_that_of_gensim():
    """Of whole texts, where all pairs meet: for those that never do gensim adds a tiny number."""
    from gensim.corpora import Dictionary
    from gensim.models import CoherenceModel

    random = np.random.default_rng(0)
    texts = [[f"w{i}" for i in np.flatnonzero(random.random(9) < 0.5)] for _ in range(200)]
    texts = [words for words in texts if words]
    topics = [["w0", "w3", "w5"], ["w1", "w2", "w7"]]
    model = CoherenceModel(
        topics=topics,
        texts=texts,
        dictionary=Dictionary(texts),
        coherence="c_npmi",
        window_size=100,
        processes=1,
    )
    holds = sparse.csr_matrix([[f"w{i}" in words for i in range(9)] for words in texts])
    ours = topic_coherence(holds, [[int(word[1]) for word in topic] for topic in topics])
    np.testing.assert_allclose(ours, model.get_coherence_per_topic(), atol=1e-8)


def test_a_resample_is_scored_as_rows_drawn_as_often():
    random = np.random.default_rng(1)
    holds = random.random((80, 6)) < 0.4
    weights = random.integers(0, 3, (5, 80)).astype(float)
    topics = [[0, 1, 2], [3, 4, 5], [1, 4]]
    together = topic_coherence(holds, topics, weights)
    assert together.shape == (5, 3)
    for found, of_rows in zip(together, weights, strict=True):
        drawn = np.repeat(holds, of_rows.astype(int), axis=0)
        np.testing.assert_allclose(found, topic_coherence(drawn, topics))
        np.testing.assert_allclose(found, topic_coherence(holds, topics, of_rows))


def test_a_topic_of_one_word_has_no_coherence():
    found = topic_coherence(np.ones((4, 3)), [[0], [1, 2]])
    assert np.isnan(found[0])
    assert found[1] == 0


def test_of_equal_terms_the_first_counts_more():
    assert top_terms(np.array([[0, 2, 2, 3, 0]]), 4).tolist() == [[3, 1, 2, 0]]


@every_architecture
def test_the_themes_are_found(architect, texts):
    pipeline = fitted(architect, texts, n_topics=4)
    terms = pipeline[0].get_feature_names_out()
    found = {frozenset(terms[words]) for words in top_terms(pipeline[-1].components_, 3)}
    assert found == {frozenset(theme.split()) for theme in THEMES}
    shares = pipeline.transform(texts[0])
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert len({*zip(texts[1], shares.argmax(axis=1), strict=True)}) == 4


@every_architecture
def test_auto_takes_the_number_with_the_greatest_coherence(architect, texts):
    model = fitted(architect, texts, candidates=(2, 4, 8), max_iter=10)[-1]
    tried = {each["n_topics"]: each["npmi"] for each in model.history_}
    assert list(tried) == [2, 4, 8]
    assert len(model.components_) == max(tried, key=tried.get)


@every_architecture
def test_it_repeats_and_is_stored_whole(architect, texts):
    one, other = (fitted(architect, texts, candidates=(3, 4), max_iter=5) for _ in range(2))
    content = archives.dumps(one, note={})
    assert content == archives.dumps(other, note={})
    again = archives.loads(content)
    np.testing.assert_array_equal(again.transform(texts[0]), one.transform(texts[0]))


@every_architecture
def test_a_text_without_a_known_word_belongs_to_all_topics_alike(architect, texts):
    empty = texts[0].head(2).assign(text=["", "unheard of"])
    shares = fitted(architect, texts, n_topics=4, max_iter=5).transform(empty)
    np.testing.assert_array_equal(shares, np.full((2, 4), 0.25))


def test_more_topics_than_texts_are_refused(texts):
    for model in (TopicModel(NMF(), 13), TopicModel(NMF(), candidates=(13, 14))):
        counts = text.transformer(represent="counts").fit_transform(texts[0])
        with pytest.raises(UserError, match=r"13 topics are asked of 300 texts with 12 terms"):
            model.fit(counts)
    with pytest.raises(ValueError, match="Negative values"):
        TopicModel(NMF(), 2).fit(-np.eye(5))


def test_the_baseline_deals_out_the_most_frequent_terms():
    counts = np.array([[1, 1, 0, 0, 3], [2, 1, 0, 1, 0], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]])
    model = baseline.topics(n_topics=2).fit(counts)
    assert [np.flatnonzero(topic).tolist() for topic in model.components_] == [[0, 2, 4], [1, 3]]
    np.testing.assert_allclose(model.transform(counts)[0], [4 / 5, 1 / 5])


def test_lda_learns_long_enough_by_default():
    random = np.random.default_rng(1)
    mixtures = random.dirichlet(np.full(6, 0.3), 300)  # of six topics of twelve words each
    words = [random.choice(6, 30, p=each) * 12 + random.integers(0, 12, 30) for each in mixtures]
    counts = np.array([np.bincount(of_text, minlength=72) for of_text in words], dtype=float)
    model = lda.topics(n_topics=6, random_state=0).fit(counts).model_
    longer = LatentDirichletAllocation(6, max_iter=60, random_state=0).fit(counts)
    assert model.perplexity(counts) < 1.1 * longer.perplexity(counts)
