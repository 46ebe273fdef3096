import math

import numpy as np
import pandas as pd
import pytest

from caselab import params
from caselab.errors import UserError
from caselab.project import leaderboards, places
from caselab.stages.choice import choose
from caselab.storage import datasets
from caselab.storage.datasets import Dataset
from tests.stages.toys import PARAMS

QUESTIONS = """
seed: 7
threads: 1
sources: {trec_questions: {origin: src/caselab/sources/trec_questions.py}}
cases:
  messages_questions: {source: trec_questions, split: {test: 0.2}, validation: {kind: holdout},
                       evaluation: {}}
views: {text: {case: messages_questions, view: text}}
pipelines: {}
"""
N = 800


def row(pipeline, value, size, architecture="logistic"):
    validation = {"value": value, "low": None, "high": None}
    return {
        "pipeline": pipeline,
        "architecture": architecture,
        "validation": validation,
        "size": size,
    }


def chosen(project, rows, folds, said="simplest"):
    (project / "params.yaml").write_text(PARAMS + f"candidate: {said}\n")
    return choose(params.load(), "churn", rows, folds)


ROWS = [row("large", 0.85, 900), row("small", 0.845, 100), row("smallest", 0.80, 10)]
FOLDS = {
    "large": [0.86, 0.84, 0.85],
    "small": [0.84, 0.845, 0.85],  # behind by 0.02, -0.005 and 0
    "smallest": [0.81, 0.79, 0.80],  # behind by 0.05 in each
}


def test_of_those_within_one_standard_error_of_the_best_the_smallest_is_chosen(project):
    found = chosen(project, ROWS, FOLDS)
    assert found.pipeline == "small"
    behind = found.behind["small"]
    assert behind.value == pytest.approx(0.005)
    spread = np.std([0.02, -0.005, 0.0], ddof=1)
    assert behind.error == pytest.approx(spread * math.sqrt(1 / 3 + 1 / 2))
    assert found.behind["smallest"].error == pytest.approx(0, abs=1e-9)


def test_beyond_one_standard_error_the_best_is_chosen_whatever_its_size(project):
    assert chosen(project, [ROWS[0], ROWS[2]], FOLDS).pipeline == "large"


def test_best_chooses_the_first(project):
    found = chosen(project, ROWS, FOLDS, said="best")
    assert (found.pipeline, found.behind) == ("large", {})


def test_what_is_larger_than_the_best_is_never_chosen(project):
    rows = [row("small", 0.85, 100), row("large", 0.849, 900)]
    assert (
        chosen(project, rows, {"small": [0.85, 0.85], "large": [0.87, 0.828]}).pipeline == "small"
    )


def test_the_baseline_is_not_chosen_before_the_first(project):
    rows = [row("large", 0.6, 900), row("plain", 0.59, 1, architecture="baseline")]
    folds = {"large": [0.4, 0.8], "plain": [0.6, 0.58]}
    assert chosen(project, rows, folds).pipeline == "large"
    assert chosen(project, rows[::-1], folds).pipeline == "plain"


def test_scores_that_are_not_defined_are_no_noise(project):
    rows = [row("large", 0.8, 900), row("small", 0.8, 1), row("undefined", None, 1)]
    folds = {"large": [0.7, 0.9], "small": [None, 0.8], "undefined": [None, None]}
    assert chosen(project, rows, folds).pipeline == "large"
    rows = [row("one", None, 2), row("other", None, 1)]
    assert chosen(project, rows, {"one": [None], "other": [None]}).pipeline == "one"


def questions(project, wrong):
    """Leave held-out rows of one fold, of which a pipeline answers those wrong that `wrong` says."""
    (project / "params.yaml").write_text(QUESTIONS)
    name = "messages_questions"
    y = pd.Series(np.where(np.arange(N) % 2, "HUM", "NUM"))
    ids = pd.Series(range(N)).astype(str)
    rows = Dataset(pd.DataFrame({"text": ids}), y, ids, np.zeros(N, int))
    datasets.write(rows, places.prepared(name) / "train")
    for number, (pipeline, rows_wrong) in enumerate(wrong.items()):
        says = np.where((y == "HUM") ^ rows_wrong, 1.0, 0.0)
        answers = pd.DataFrame({"id": ids, "fold": 0, "HUM": says, "NUM": 1 - says})
        places.model(name, pipeline).mkdir(parents=True)
        file = places.model(name, pipeline) / "held_out.parquet"
        answers.sample(frac=1, random_state=number).to_parquet(file, index=False)
    scores = {pipeline: 1 - rows_wrong.mean() for pipeline, rows_wrong in wrong.items()}
    rows = [
        row(name, score, size) for (name, score), size in zip(scores.items(), (9, 1), strict=True)
    ]
    return choose(params.load(), name, rows, {name: [score] for name, score in scores.items()})


@pytest.mark.parametrize(("more", "expected"), [(10, "small"), (40, "large")])
def test_of_a_single_fold_the_error_is_that_of_its_paired_rows(project, more, expected):
    place = np.arange(N)
    wrong = {"large": place < 100, "small": (place >= 50) & (place < 150 + more)}
    found = questions(project, wrong)
    difference = wrong["small"].astype(float) - wrong["large"]
    behind = found.behind["small"]
    assert behind.value == pytest.approx(more / N)
    assert behind.error == pytest.approx(np.std(difference) / math.sqrt(N), rel=0.1)
    assert found.pipeline == expected


def test_pipelines_that_held_out_other_rows_are_not_compared(project):
    place = np.arange(N)
    questions(project, {"large": place < 100, "small": place < 101})
    file = places.model("messages_questions", "small") / "held_out.parquet"
    pd.read_parquet(file).iloc[1:].to_parquet(file, index=False)
    rows = [row("large", 0.9, 9), row("small", 0.9, 1)]
    found = choose(params.load(), "messages_questions", rows, {"large": [0.9], "small": [0.9]})
    assert found.pipeline == "large"
    assert math.isnan(found.behind["small"].error)


def test_one_word_of_a_case_says_how_its_candidate_is_chosen(project):
    assert chosen(project, ROWS, FOLDS, "{churn: best}").pipeline == "large"
    assert chosen(project, ROWS, FOLDS, "{churn: simplest}").pipeline == "small"
    with pytest.raises(UserError, match=r"candidate\.chrun"):
        chosen(project, ROWS, FOLDS, "{chrun: best}")


def test_the_sentence_tells_sizes_difference_and_error():
    board = {
        "candidate": "small",
        "rows": ROWS,
        "behind": {"small": {"value": 0.005, "error": 0.0123}},
    }
    assert leaderboards.preference(board) == (
        "small (100 B) is the candidate as the smaller model: large (900 B) is ahead of it in "
        "validation by 0.005, within one standard error (0.012)."
    )
    assert not leaderboards.preference(board | {"candidate": "large"})


BLEND = row("blend", 0.86, 2000, architecture="blend")


def test_a_blend_within_the_noise_of_folds_changes_nothing(project):
    without = chosen(project, ROWS, FOLDS)
    folds = FOLDS | {"blend": [0.9, 0.83, 0.85]}  # ahead of the large one by 0.04, -0.01 and 0
    found = chosen(project, [BLEND, *ROWS], folds)
    assert (found.pipeline, found.behind) == (without.pipeline, without.behind)
    assert found.blends["blend"].value == pytest.approx(0.01)
    assert found.blends["blend"].is_noise


def test_a_blend_outside_it_is_chosen_whatever_its_size(project):
    folds = FOLDS | {"blend": [0.872, 0.85, 0.861]}
    assert chosen(project, [BLEND, *ROWS], folds).pipeline == "blend"
    assert chosen(
        project, [BLEND, *ROWS], FOLDS | {"blend": [0.9, 0.83, 0.85]}, "best"
    ).pipeline == ("blend")


def test_what_is_told_of_a_blend_that_is_ahead_and_no_candidate():
    board = {
        "candidate": "small",
        "rows": [BLEND, *ROWS],
        "behind": {"small": {"value": 0.005, "error": 0.0123}},
        "blends": {"blend": {"value": 0.01, "error": 0.02}},
    }
    assert leaderboards.preference(board) == (
        "small (100 B) is the candidate as the smaller model: large (900 B) is ahead of it in "
        "validation by 0.005, within one standard error (0.012). blend (2.0 kB) is ahead of large in "
        "validation by 0.01, within one standard error (0.02), and so is not the candidate."
    )
    assert not leaderboards.preference(board | {"candidate": "blend"})
