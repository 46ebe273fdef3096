"""Spam and questions: short texts, of which some stand twice."""

import numpy as np
import pandas as pd
import pytest

from caselab import params
from caselab.cases import messages_questions, messages_spam
from caselab.data import contracts
from caselab.errors import UserError
from caselab.params import CaseBlock
from caselab.stages.prepare import prepare

BLOCK = CaseBlock(
    source="any",
    split={"test": 0.2},
    validation={"kind": "stratified", "folds": 2},
    evaluation={},
)


def messages(n=200):
    number = np.arange(n)
    return pd.DataFrame(
        {
            "id": [f"m{i}" for i in number],
            "text": [f"message {i}" for i in number],
            "label": np.where(number % 4 == 0, "spam", "ham"),
        }
    )


def test_a_message_that_stands_twice_is_kept_once_and_counted():
    records = messages()
    twice = pd.concat([records, records.head(30)], ignore_index=True)
    train, test, report = prepare([twice], messages_spam.case, BLOCK)
    assert len(train) + len(test) == 200
    assert report["repairs"]["equal to an earlier row in text"] == 30
    assert list(train.X) == ["text"]


def test_the_finer_kind_of_a_question_is_seen_by_no_view_and_need_not_be_known():
    records = messages().assign(label="human", fine="HUM:ind")
    records.loc[::2, "label"] = "number"
    train, _, _ = prepare([records], messages_questions.case, BLOCK)
    assert list(train.X) == ["text"]
    assert "fine" in messages_questions.case.unasked


@pytest.mark.parametrize(
    ("case", "label"), [(messages_spam, "eggs"), (messages_questions, "HUM"), (messages_spam, None)]
)
def test_the_contract_refuses_a_label_that_is_none(case, label):
    known = "ham" if case is messages_spam else "human"
    records = messages(5).assign(label=known, fine="x")
    records.loc[2, "label"] = label
    with pytest.raises(UserError, match=r"column 'label' has 1 row .*row 3"):
        contracts.check(records, case.contract())


def test_one_label_alone_is_refused():
    with pytest.raises(UserError, match="ham"):
        prepare([messages().assign(label="ham")], messages_spam.case, BLOCK)


def test_the_networks_of_both_cases_take_what_their_features_give():
    pipelines = [p for p in params.load().pipelines.values() if p.case.startswith("messages_")]
    networks = [p for p in pipelines if p.architecture in {"text_cnn", "recurrent", "transformer"}]
    assert len(networks) >= 6
    assert {p.features["represent"] for p in networks} == {"tokens"}
