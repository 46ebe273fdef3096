"""Speeches that are spoken, and whole ones on either side of the cut."""

import pandas as pd

from caselab.cases import language
from caselab.params import CaseBlock, Split, Validation
from caselab.stages.prepare import prepare


def test_later_speeches_are_test_as_a_whole_and_written_messages_are_left_out():
    rows = [
        (f"{year}-A-{part:03}", f"{year}-A", year, "A", f"text {year} {part}")
        for year in range(1890, 1990)
        for part in range(5)
    ]
    speeches = pd.DataFrame(rows, columns=["id", "speech", "year", "president", "text"])
    block = CaseBlock(
        source="speeches",
        split=Split(kind="time", test=0.15),
        validation=Validation(kind="holdout", folds=10, whole_groups=True),
        evaluation={},
    )
    train, test, report = prepare([speeches], language.case, block)
    assert report["repairs"]["before 1913, and not spoken"] == 23 * 5
    assert not {*train.group} & {*test.group}
    assert train.time.max() < test.time.min()
    held = pd.Series(train.fold == 0).groupby(train.group.to_numpy()).mean()
    assert sorted(held.unique()) == [0, 1]


def test_signs_of_print_are_written_as_in_most_speeches():
    asked = pd.DataFrame({"text": ["we\u2019re \u201chere\u201d\u2014all", "plain"], "year": None})
    cleaned, counted = language.clean(asked)
    assert cleaned["text"].tolist() == ['we\'re "here" -- all', "plain"]
    assert sorted(counted.values()) == [0, 1]
