"""Own sentences whose words have tags: which columns they are, and what a case is made of them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import caselab
from caselab.errors import UserError
from caselab.inspection import case_file, tagging, writing
from caselab.inspection.wishes import Wishes
from tests.toys import sentences

ROOT = Path(caselab.__file__).parents[2]


def table(n=200):
    found, told = sentences.records(n, np.random.default_rng(0))
    return pd.DataFrame(
        {
            "note": [f"seen by {place}" for place in range(n)],
            "Satz": found["text"],
            "Wortarten": sentences.tags(told),
            "book": np.arange(n) // 10,
        }
    )


def proposed(records, **wishes):
    wishes = {"target": "Wortarten", "problem": "tagging"} | wishes
    return tagging.propose("words", {"origin": "words.csv"}, records, Wishes(**wishes))


@pytest.mark.parametrize("group", [None, "book"])
def test_a_proposal_is_prepared_as_it_is_written(group, tmp_path):
    records = table()
    records.loc[3, "Wortarten"] = "DET"
    records.loc[4, "Wortarten"] = None
    proposal, records = proposed(records, group=group)
    rows = writing.rehearse(proposal, records)
    assert rows["train"] + rows["test"] == 198
    assert rows["dropped"] == 2
    assert proposal.views == {
        "words-sentences": {"case": "words", "view": "sentences", "column": "Satz"}
    }
    architectures = [block["architecture"] for block in proposal.pipelines.values()]
    assert architectures == ["baseline", "crf", "recurrent"]
    file = tmp_path / "words.py"
    file.write_text(case_file.text(proposal))
    for command in (["format", "--diff"], ["check"]):
        settings = ["--config", str(ROOT / "pyproject.toml"), str(file)]
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *settings], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
    asked = writing._case(proposal).clean(records[["Satz"]])[0]
    assert len(asked) == 200


def test_tables_without_sentences_to_the_tags_are_refused_in_one_sentence():
    records = table().assign(Satz=lambda rows: rows["Satz"].str[:5])
    with pytest.raises(UserError, match="No column holds sentences with one word for each tag"):
        proposed(records)
    with pytest.raises(UserError, match="of 'book'"):
        proposed(table(), target="book")
