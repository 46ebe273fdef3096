import pandas as pd
import pytest

from caselab.cases import news_topics
from caselab.data import contracts
from caselab.errors import UserError

RECORDS = pd.DataFrame(
    {
        "id": ["train-0", "train-1", "test-0"],
        "text": ["oil prices rose", "  ", "x" * 1_000_000],
        "topic": ["crude", "earn", "money-fx"],
        "split": ["train", "train", "test"],
    }
)


def test_empty_and_endless_stories_are_kept_and_counted():
    checked = contracts.check(RECORDS, news_topics.contract()).records
    records, repairs = news_topics.clean(checked)
    assert list(records["text"].str.len()) == [15, 0, 100_000]
    assert list(repairs.values()) == [1, 0, 1]


@pytest.mark.parametrize(
    ("column", "value"), [("topic", "sports"), ("split", "dev"), ("topic", None)]
)
def test_the_contract_refuses(column, value):
    records = RECORDS.copy()
    records.loc[1, column] = value
    with pytest.raises(UserError, match=f"column '{column}' has 1 row .*row 2"):
        contracts.check(records, news_topics.contract())
