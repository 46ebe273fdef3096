"""What a parser finds, by a small one that is taught a dozen sentences."""

import numpy as np
import pandas as pd
import pytest

from caselab import architectures
from caselab.data import spacy_pipelines
from caselab.errors import UserError
from caselab.features import text
from caselab.features.steps import language_analysis
from caselab.features.steps.language_analysis import LanguageAnalysis
from caselab.features.steps.words import Words
from caselab.params import PipelineBlock
from caselab.storage import models

TAUGHT = [  # word, part of speech, relation, head
    [("Who", "PRON", "nsubj", 1), ("sees", "VERB", "ROOT", 1), ("Oslo", "PROPN", "dobj", 1)],
    [("What", "DET", "det", 1), ("ship", "NOUN", "nsubj", 2), ("sinks", "VERB", "ROOT", 2)],
    [("Oslo", "PROPN", "nsubj", 1), ("grows", "VERB", "ROOT", 1)],
]
TEXTS = ["Who sees Oslo", "What ship sinks", "Oslo grows", ""]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a pipeline that knows these sentences by heart."""
    import spacy
    from spacy.tokens import Doc, Span
    from spacy.training import Example

    language = spacy.blank("en")
    for name in ("morphologizer", "ner"):
        language.add_pipe(name)
    language.add_pipe("parser", config={"min_action_freq": 1})
    examples = []
    for sentence in TAUGHT:
        words, parts, relations, heads = (list(each) for each in zip(*sentence, strict=True))
        document = Doc(language.vocab, words, pos=parts, deps=relations, heads=heads)
        places = [Span(document, i, i + 1, "GPE") for i, word in enumerate(words) if word == "Oslo"]
        document.set_ents(places)
        examples.append(Example(language.make_doc(" ".join(words)), document))
    spacy.util.fix_random_seed(0)
    language.initialize(lambda: examples)
    for _ in range(30):
        language.update(examples)
    path = tmp_path_factory.mktemp("taught") / "pipeline"
    language.add_pipe("sentencizer")  # which nobody asks
    language.to_disk(path)
    return path


def test_columns_are_shares_counts_the_depth_and_the_words_on_top(folder):
    step = LanguageAnalysis(spacy_pipeline=str(folder))
    found = pd.DataFrame(
        step.fit_transform(TEXTS).toarray(), columns=step.get_feature_names_out(), index=TEXTS
    )
    who = found.loc["Who sees Oslo"]
    assert who["pos=PROPN"] == pytest.approx(2 / 3)  # of 1/2, the largest share
    assert (who["dep=dobj"], who["ent=GPE"], who["depth"]) == (1, 1, 1 / 2)
    assert who["ROOT=sees"] == who["nsubj=who"] == who["dobj=oslo"] == 1
    ship = found.loc["What ship sinks"]
    assert (ship["depth"], ship["ent=GPE"]) == (1, 0)
    assert ship["nsubj=ship"] == 1
    assert "det=what" not in found  # below a word that hangs on the root
    shares = found.filter(regex="^pos=") * step.largest_[:17]
    np.testing.assert_allclose(shares.sum(1), [1, 1, 1, 0])
    assert not found.loc[""].any()


def test_words_on_top_are_normalised_as_others(folder):
    step = LanguageAnalysis(Words(normalize="stem"), spacy_pipeline=str(folder)).fit(TEXTS)
    assert {"nsubj=ship", "ROOT=see", "ROOT=sink", "ROOT=grow"} <= {*step.get_feature_names_out()}


def test_depths_are_those_of_the_tree(folder):
    language = spacy_pipelines.load(spacy_pipelines.read(str(folder)).archive)
    from spacy.tokens import Doc

    heads = [1, 4, 1, 2, 4, 4]
    document = Doc(language.vocab, [*"abcdef"], deps=["dep"] * 6, heads=heads)
    expected = [sum(1 for _ in token.ancestors) for token in document]
    assert language_analysis._depths(document) == expected == [2, 1, 2, 3, 0, 1]


def test_texts_are_read_once_and_alone_as_among_others(folder, monkeypatch):
    monkeypatch.setattr(language_analysis, "_remembered", {})
    step = LanguageAnalysis(spacy_pipeline=str(folder)).fit(TEXTS)
    assert len(language_analysis._remembered) == 4
    asked = [*TEXTS, "Oslo sinks never before"]
    found = step.transform(asked).toarray()
    monkeypatch.setattr(language_analysis, "_remembered", {})
    alone = np.concatenate([step.transform([text]).toarray() for text in asked])
    np.testing.assert_array_equal(alone, found)
    monkeypatch.setattr(spacy_pipelines, "load", None)
    np.testing.assert_array_equal(step.transform(asked).toarray(), found)


X = pd.DataFrame({"text": TEXTS[:3] * 8})
Y = np.array(["who", "what", "who"] * 8)


@pytest.mark.parametrize(
    "words", [{"represent": "language_analysis"}, {"analysis": 0.5, "ngrams": (1, 2)}]
)
def test_what_learns_from_it_holds_the_pipeline_itself(folder, tmp_path, words, monkeypatch):
    block = PipelineBlock(
        case="toy",
        view="toy",
        architecture="logistic",
        features={"spacy_pipeline": str(folder)} | words,
    )
    fitted = architectures.build(block, "text", "classification", seed=1, threads=1).fit(X, Y)
    assert (fitted.predict(X) == Y).all()
    names = fitted[:-1].get_feature_names_out()
    assert len({*names}) == fitted[:-1].transform(X).shape[1]
    models.save(fitted, tmp_path / "one")
    models.save(fitted, tmp_path / "two")
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
    monkeypatch.setattr(spacy_pipelines, "read", None)
    monkeypatch.setattr(language_analysis, "_remembered", {})
    read = models.load(tmp_path / "one")
    asked = pd.DataFrame({"text": [*TEXTS, "never seen"]})
    np.testing.assert_array_equal(read.predict_proba(asked), fitted.predict_proba(asked))


def test_what_does_not_fit_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="no folder that spaCy's to_disk left"):
        LanguageAnalysis(spacy_pipeline=str(tmp_path)).fit(TEXTS)
    (tmp_path / "config.cfg").write_text("[nlp]\nlang = 'en'\n")
    with pytest.raises(UserError, match="spaCy cannot load"):
        LanguageAnalysis(spacy_pipeline=str(tmp_path)).fit(TEXTS)
    with pytest.raises(UserError, match="no meaning where represent is 'tokens'"):
        text.transformer(represent="tokens", analysis=0.5)


def test_an_archive_holds_what_is_used_in_bytes_that_repeat():
    root = "package/en-1.0/"
    files = {
        f"{root}{name}": name.encode()
        for name in (
            "config.cfg",
            "ner/model",
            "lemmatizer/lookups",
            "vocab/strings.json",
            "meta.json",
        )
    }
    made = spacy_pipelines._archive({**files, "package/__init__.py": b""})
    assert made == spacy_pipelines._archive(dict(reversed(files.items())))
    assert b"lookups" not in made
    assert b"ner/model" in made
