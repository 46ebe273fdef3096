import pandas as pd
import pytest

from caselab.cases import news_themes
from caselab.data import contracts
from caselab.errors import UserError
from caselab.features import text
from caselab.params import CaseBlock, Split, Validation
from caselab.stages.prepare import prepare


@pytest.fixture
def speeches():
    """Return 60 speeches of 10 passages each."""
    rows = [
        (f"{year}-Adams-{part:03}", f"{year}-Adams", year, "John Adams", f"text {year} {part}")
        for year in range(1800, 1860)
        for part in range(10)
    ]
    return pd.DataFrame(rows, columns=["id", "speech", "year", "president", "text"])


def block():
    return CaseBlock(
        source="speeches",
        split=Split(kind="group", test=0.2),
        validation=Validation(kind="grouped", folds=3),
        evaluation={},
    )


def test_a_speech_is_in_one_part_and_one_fold(speeches):
    train, test, _ = prepare([speeches], news_themes.case, block())
    assert not {*train.group} & {*test.group}
    assert len(train) + len(test) == 600
    folds = pd.Series(train.fold).groupby(train.group)
    assert (folds.min() == folds.max()).all()
    assert set(test.time) == {int(speech[:4]) for speech in test.group}


def test_a_model_sees_the_text_alone(speeches):
    train, _, _ = prepare([speeches], news_themes.case, block())
    assert "president" not in train.X
    assert list(text.view(train.X).columns) == ["text"]


def test_an_empty_text_is_kept_and_counted(speeches):
    speeches.loc[4, "text"] = "  "
    speeches.loc[5, "text"] = None
    train, test, report = prepare([speeches], news_themes.case, block())
    assert len(train) + len(test) == 600
    assert list(report["repairs"].values()) == [2]
    assert "" in set(text.view(pd.concat([train.X, test.X]))["text"])


def test_a_year_out_of_range_is_refused(speeches):
    speeches.loc[3, "year"] = 17
    with pytest.raises(UserError, match=r"column 'year' has 1 row .*row 4"):
        contracts.check(speeches, news_themes.contract())
