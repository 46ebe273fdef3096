"""A registered model that writes: what is asked for beside records, and rows that it cannot go on from."""

from functools import partial

import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from threadpoolctl import ThreadpoolController

from caselab import cases, problems
from caselab.architectures import kneser_ney, pmi_svd, seq2seq
from caselab.data.contracts import Contract
from caselab.errors import UserError
from caselab.features import text, words
from caselab.learning.training import Training
from caselab.registry.registered_model import RawRecords

TEXTS = ["we must work for peace .", "we must work for jobs .", "we stand for peace ."] * 20


def loaded(name, column, estimator, X, y=None):
    """A model of a case whose texts stand in one column, as `load` leaves it."""
    model = RawRecords()
    model.case = cases.load(name)
    model.problem = problems.load(model.case.problem)
    model.contract, model.needed = Contract(model.case.contract()), []
    model.view, model.threads = partial(text.view, column=column), ThreadpoolController()
    model.settings = {"threads": 1, "decision": {}}
    model.pipeline = make_pipeline(text.transformer(represent="raw"), estimator)
    model.pipeline.fit(model.view(pd.DataFrame({column: X})), y)
    return model


@pytest.fixture(scope="module")
def model():
    """That of language by n-grams of words."""
    return loaded("language", "text", kneser_ney.language(tokens="words", vocabulary=30), TEXTS)


@pytest.fixture(scope="module")
def translator():
    """That of translation by a network that reads up to four words."""
    training = Training(max_epochs=6, batch_size=8, learning_rate=0.02, accelerator="cpu")
    estimator = seq2seq.generation(
        tokens="words", embedding_dim=8, hidden=16, longest=4, training=training, random_state=0
    )
    german = pd.Series(["das Licht ist an", "die Lampe ist aus"] * 20)
    return loaded("translation", "english", estimator, ["light is on", "lamp is off"] * 20, german)


def asked(*prompts):
    return pd.DataFrame({"text": prompts})


def test_a_user_is_answered_with_how_a_prompt_goes_on(model):
    answers = model.predict(asked("we must work", "we"), {"options": {}})
    assert answers["continuation"].str.startswith(("for peace", "must work")).all()
    assert answers["decision"].equals(answers["continuation"])


def test_the_gate_is_told_only_how_likely_texts_are(model):
    answers = model.predict(asked("we must work"))
    assert "continuation" not in answers
    assert answers["decision"][0].startswith("perplexity")


def test_the_way_of_choosing_is_an_option(model):
    options = {"method": "sample", "top_k": 1, "longest": 2}
    answers = model.predict(asked("we must work"), {"options": options})
    assert answers["continuation"].tolist() == ["for peace"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"methd": "beam"}, "no option 'methd'; the nearest: method"),
        ({"method": "magic"}, 'method is "magic", but must be'),
        ({"width": "wide"}, 'width is "wide", but must be a valid integer'),
        ({"method": "beam", "width": 0}, "width is 0"),
        ({"method": "sample", "temperature": 0}, "temperature is 0"),
    ],
)
def test_what_is_no_option_is_told(model, options, said):
    with pytest.raises(UserError, match=said):
        model.predict(asked("we must"), {"options": options})


def test_a_case_without_options_says_so():
    problem = problems.load("regression")
    with pytest.raises(UserError, match="takes no options, but method is set"):
        problem.asked(None, None, {"method": "beam"})


def test_a_prompt_of_unknown_words_costs_its_row_alone(model):
    prompts = asked("we must", "zyzzyva quetzal", "we stand")
    answers = model.predict(prompts, {"options": {}})
    assert answers["continuation"].notna().tolist() == [True, False, True]
    assert answers["notes"][1] == "no answer: all words of the prompt are unknown"
    with pytest.raises(UserError, match="row 2 of 3 has only words that were never seen"):
        model.predict(prompts, {"options": {}, "strict": True})
    with pytest.raises(UserError, match="row 1 of 1 has only words that were never seen"):
        model.predict(prompts.iloc[[1]], {"options": {}})


def test_a_sentence_is_answered_with_another_as_the_question_wants(translator):
    asked = pd.DataFrame({"english": ["light is on", "lamp is off"]})
    plain = translator.predict(asked, {"options": {}})
    assert plain["decision"].equals(plain["text"])
    assert plain["decision"].str.len().gt(0).all()
    short = translator.predict(asked, {"options": {"method": "beam", "width": 2, "longest": 1}})
    assert short["decision"].str.split().str.len().le(1).all()
    with pytest.raises(UserError, match="width is 0"):
        translator.predict(asked, {"options": {"method": "beam", "width": 0}})


def test_what_a_network_does_not_read_is_noted(translator):
    english = ["light is on", "light is on and lamp is off", "light \u6f22 on", None]
    answers = translator.predict(pd.DataFrame({"english": english}), {"options": {}})
    assert answers["decision"][3] == ""
    assert answers["notes"][0] == ""
    assert "7 tokens, of which the first 4 are read" in answers["notes"][1]
    assert "has not seen: \u6f22" in answers["notes"][2]
    assert "english" in answers["notes"][3]


def test_german_in_place_of_english_is_noted(translator):
    asked = pd.DataFrame({"english": ["das Licht ist nicht an"]})
    assert "English, and not German" in translator.predict(asked, {"options": {}})["notes"][0]


def test_words_without_a_vector_are_noted_whatever_step_knows_it():
    model = RawRecords()
    model.case, model.problem = cases.load("words"), problems.load("vectors")
    model.contract, model.needed = Contract(model.case.contract()), []
    model.view, model.threads = words.view, ThreadpoolController()
    model.settings = {"threads": 1, "decision": {}}
    model.pipeline = make_pipeline(words.transformer(), pmi_svd.vectors(least=2, random_state=0))
    model.pipeline.fit(words.view(pd.DataFrame({"text": TEXTS})))
    answers = model.predict(asked("Peace", "quetzal", None), {"options": {"nearest": 2}})
    assert answers["nearest"].str.count(",").tolist() == [1, 0, 0]
    assert answers["notes"].tolist()[0] == ""
    assert "'quetzal' has no vector" in answers["notes"][1]
    assert "no word in the text" in answers["notes"][2]
    compared = pd.DataFrame({"text": ["peace jobs"], "asked": ["similarity"]})
    assert (
        model.predict(compared)["decision"][0] == f"{model.predict(compared)['similarity'][0]:.2f}"
    )
