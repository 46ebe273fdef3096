import pandas as pd
import pytest

from caselab.cases import news_sentiment
from caselab.data import contracts
from caselab.errors import UserError

RECORDS = pd.DataFrame(
    {
        "id": [f"1_{number}" for number in range(6)],
        "article": "1",
        "text": ["a good day", "a bad day", "a day", "a fair day", None, "a poor day"],
        "rating": [1.2, -0.5, 0.0, 0.5, -0.49, -4.0],
    }
)


def test_a_mean_of_half_a_step_has_a_side_and_one_that_rounds_to_zero_has_none():
    records, repairs = news_sentiment.clean(RECORDS)
    assert list(records["sentiment"]) == [
        "positive",
        "negative",
        "neutral",
        "positive",
        "neutral",
        "negative",
    ]
    assert records["text"].iloc[4] == ""
    assert repairs["text missing: empty"] == 1


def test_a_question_holds_no_rating_and_is_cleaned_all_the_same():
    asked = news_sentiment.case.asked(RECORDS)
    assert set(asked) == {"id", "article", "text"}
    assert "sentiment" not in news_sentiment.clean(asked)[0]


@pytest.mark.parametrize(
    ("column", "value"), [("rating", 4.5), ("rating", None), ("article", None)]
)
def test_the_contract_refuses(column, value):
    records = RECORDS.copy()
    records.loc[3, column] = value
    with pytest.raises(UserError, match=f"column '{column}' has 1 row .*row 4"):
        contracts.check(records, news_sentiment.contract())


def test_no_view_sees_the_rating_or_the_article():
    assert {"rating", "article"} <= set(news_sentiment.case.hidden)
