"""Names of emoji: learned from one maker's drawings, judged by the other's, some of them never seen."""

import pandas as pd

from caselab import cases
from caselab.cases import captions
from caselab.params import CaseBlock, Split, Validation
from caselab.stages.prepare import prepare
from tests.extracts import reading

case = cases.load("captions")
BLOCK = CaseBlock(
    source="emoji",
    split=Split(kind="official"),
    validation=Validation(kind="holdout", folds=4, whole_groups=True),
    evaluation={},
)


def test_what_learns_sees_one_maker_and_never_the_new_emoji():
    records = reading.read("emoji")
    train, test, report = prepare([records], case, BLOCK)
    of = records.set_index("id")
    learned, judged = (of.loc[part.ids] for part in (train, test))
    assert set(learned["maker"]) == {"twitter"}
    assert set(judged["maker"]) == {"google"}
    new = set(judged["emoji"]) - set(learned["emoji"])
    assert new == {each for each in of["emoji"] if captions.is_new(each)}
    assert 0.05 < len(new) / judged["emoji"].nunique() < 0.5
    assert report["rows"]["dropped"] == len(records) - len(train) - len(test) > 0


def test_tones_of_one_emoji_are_held_out_together():
    records = reading.read("emoji")
    train, _, _ = prepare([records], case, BLOCK)
    emoji = records.set_index("id").loc[train.ids, "emoji"].to_numpy()
    held = pd.Series(train.fold).groupby(emoji).nunique()
    assert (held == 1).all()


def test_a_question_is_a_picture():
    asked = pd.DataFrame({"picture": [b"..."]})
    assert case.clean(asked)[0] is asked
