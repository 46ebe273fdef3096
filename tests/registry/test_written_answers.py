"""A registered model that writes: what is asked for beside records, and rows that it cannot go on from."""

from functools import partial

import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from threadpoolctl import ThreadpoolController

from caselab import cases, problems
from caselab.architectures import kneser_ney
from caselab.data.contracts import Contract
from caselab.errors import UserError
from caselab.features import text
from caselab.registry.registered_model import RawRecords

TEXTS = ["we must work for peace .", "we must work for jobs .", "we stand for peace ."] * 20


@pytest.fixture(scope="module")
def model():
    """The model of language by n-grams of words, as `load` leaves it."""
    model = RawRecords()
    model.case, model.problem = cases.load("language"), problems.load("language")
    model.contract, model.needed = Contract(model.case.contract()), []
    model.view, model.threads = partial(text.view, column="text"), ThreadpoolController()
    model.settings = {"threads": 1, "decision": {}}
    estimator = kneser_ney.language(tokens="words", vocabulary=30)
    model.pipeline = make_pipeline(text.transformer(represent="raw"), estimator)
    model.pipeline.fit(text.view(pd.DataFrame({"text": TEXTS})))
    return model


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
