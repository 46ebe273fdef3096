"""Own pairs of texts: which columns they are, and what a case is made of them."""

import numpy as np
import pandas as pd
import pytest

from caselab import architectures
from caselab.errors import UserError
from caselab.inspection import generation, writing
from caselab.inspection.wishes import Wishes
from caselab.params import PipelineBlock

WORDS = ["the small house", "a big old tree", "our quiet street", "that long winding river"]


def table(n=200):
    random = np.random.default_rng(0)
    said = [" and ".join(random.permutation(WORDS)[: 2 + row % 3]) for row in range(n)]
    texts = [f"{text} of number {row}" for row, text in enumerate(said)]
    return pd.DataFrame(
        {
            "note": np.arange(n) % 7,
            "ours": texts,
            "theirs": [text.upper()[::-1] for text in texts],
            "book": [f"book {row // 5}" for row in range(n)],
        }
    )


def proposed(records, **wishes):
    wishes = {"target": "theirs", "problem": "generation"} | wishes
    return generation.propose("pairs", {"origin": "pairs.csv"}, records, Wishes(**wishes))


@pytest.mark.parametrize("group", [None, "book"])
def test_a_proposal_is_prepared_as_it_is_written(group):
    records = table()
    records.loc[3, "theirs"] = None
    proposal, records = proposed(records, group=group)
    rows = writing.rehearse(proposal, records)
    assert rows["train"] + rows["test"] == 199
    assert proposal.views == {"pairs-text": {"case": "pairs", "view": "text", "column": "ours"}}
    assert {block["architecture"] for block in proposal.pipelines.values()} == {
        "nearest",
        "seq2seq",
        "transformer",
    }
    for block in proposal.pipelines.values():
        architectures.build(PipelineBlock(**block), "text", "generation", 0, 1)
    case = writing._case(proposal)
    assert (case.problem, case.metric, case.group) == ("generation", "chrf", group)
    assert len(case.clean(records[["ours"]])[0]) == 200


def test_tables_without_pairs_of_texts_are_refused_in_one_sentence():
    with pytest.raises(UserError, match="but any other column holds none"):
        proposed(table().drop(columns="ours"))
    with pytest.raises(UserError, match=r"but the target holds none; .*'note' is named"):
        proposed(table(), target="note")
