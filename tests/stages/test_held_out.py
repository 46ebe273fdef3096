import numpy as np
import pandas as pd
import pytest

from caselab import cases
from caselab.problems import classification
from caselab.stages import held_out
from caselab.storage.datasets import Dataset

N = 600


@pytest.fixture
def rows():
    """Training rows whose target follows the first of two columns, with noise."""
    random = np.random.default_rng(0)
    x = random.random(N)
    y = pd.Series(np.where(x + random.normal(0, 0.2, N) > 0.5, "Yes", "No"))
    return Dataset(pd.DataFrame({"x": x}), y, pd.Series(range(N)).astype(str), np.arange(N) % 3)


@pytest.fixture
def folder(rows, tmp_path):
    """Out-of-fold answers as train leaves them."""
    answers = pd.DataFrame(
        {"id": rows.ids, "fold": rows.fold, "No": 1 - rows.X["x"], "Yes": rows.X["x"]}
    )
    answers.sample(frac=1, random_state=0).to_parquet(tmp_path / "held_out.parquet", index=False)
    return tmp_path


def test_answers_meet_the_targets_of_their_rows(rows, folder):
    found = held_out.read(folder, rows)
    shuffled = pd.read_parquet(folder / "held_out.parquet")
    assert found.y.tolist() == rows.y.set_axis(rows.ids).loc[shuffled["id"]].tolist()


def test_a_fold_that_never_saw_a_class_gave_it_no_probability(rows, folder):
    answers = pd.read_parquet(folder / "held_out.parquet")
    answers.loc[answers["fold"] == 0, "Yes"] = np.nan
    found = held_out.beside_targets(answers, rows)
    scores = found.scores(classification.problem, cases.load("churn"), {})
    assert scores["recall"][0] == 0
    assert min(scores["recall"][1:]) > 0


def test_no_fold_chooses_the_threshold_that_it_is_scored_by():
    random = np.random.default_rng(0)
    y = pd.Series(random.choice(["No", "Yes"], N))
    yes = random.random(N)  # tells nothing
    fold = np.arange(N) % 10
    found = held_out.HeldOut(y, pd.DataFrame({"No": 1 - yes, "Yes": yes}), fold)
    scores = found.scores(classification.problem, cases.load("churn"), {})
    first, others = fold == 0, fold != 0
    threshold = classification.cheapest_threshold((y == "Yes")[others], yes[others], 1, 1)
    expected = np.mean((yes[first] >= threshold) == (y == "Yes")[first])
    assert scores["accuracy"][0] == pytest.approx(expected)
