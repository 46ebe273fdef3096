"""The kind `tagging`: what answers hold, what prepare refuses."""

import numpy as np
import pandas as pd
import pytest

from caselab import architectures
from caselab.errors import RowError, UserError
from caselab.features import sentences
from caselab.params import PipelineBlock
from caselab.problems.tagging import problem
from tests import toys


@pytest.fixture(scope="module")
def answers():
    toy = toys.rows("tagging", "sentences")
    block = PipelineBlock(case="toy", view="toy", architecture="baseline")
    pipeline = architectures.build(block, "sentences", "tagging", 0, 1).fit(toy.X, toy.y)
    asked = sentences.view(pd.DataFrame({"text": ["The bank sees that zyzzyva.", "?"]}))
    return problem.answer(pipeline, asked)


def test_a_raw_sentence_is_answered_word_by_word(answers):
    assert answers["words"].tolist() == ["The bank sees that zyzzyva .", "?"]
    tags = answers["tags"].iloc[0].split()
    assert tags[1:4] + tags[5:] == ["NOUN", "VERB", "DET", "."]
    assert answers["known"].tolist() == ["011101", "1"]
    assert problem.decide(answers).tolist()[1] == "?/."


def test_the_report_counts_tags_by_part():
    y = pd.Series(["DET NOUN", "NOUN VERB"], name="tags")
    found = problem.check(y, {"train": np.array([True, False])})
    assert found["tags"]["whole"] == {"DET": 1, "NOUN": 2, "VERB": 1}
    assert found["tags"]["train"] == {"DET": 1, "NOUN": 1, "VERB": 0}


@pytest.mark.parametrize(
    ("tags", "told"),
    [(["N N", "N"], "1 different tags"), ([f"a{i} b{i}" for i in range(200)], "400 different")],
)
def test_what_are_no_tags_is_refused(tags, told):
    with pytest.raises(UserError, match=f"'tags' holds {told}"):
        problem.check(pd.Series(tags, name="tags"), {})


def test_sentences_that_are_empty_or_too_long_are_told_apart_from_the_others():
    asked = pd.DataFrame({"text": ["A dog.", " ", "dog " * 501]})
    with pytest.raises(RowError, match="In row 2 of 3 the sentence is empty") as refused:
        sentences.view(asked)
    assert set(refused.value.notes) == {1, 2}
    assert "has 501 words, and 500 are the most that are read" in refused.value.notes[2]
    assert len(sentences.view(asked.iloc[[0, 2]], longest=501)) == 2
    with pytest.raises(
        UserError, match="shows the column 'said', and the records have only 'text'"
    ):
        sentences.view(asked, column="said")
