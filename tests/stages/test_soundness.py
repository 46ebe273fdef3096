"""Fits that came to nothing: refused where numbers are none, told where answers say nothing."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from caselab import params
from caselab.cli import looking
from caselab.errors import UserError
from caselab.project import places
from caselab.stages import compare, evaluate, fits, soundness
from caselab.tracking import records
from caselab.tracking.tracker import Untracked
from tests.stages.toys import PARAMS, leave_features, train

OF_TODAY = """
  toy-exploded: {case: churn, view: toy, architecture: mlp, model: {hidden: [4]},
                 training: {learning_rate: 1000000.0, optimizer: sgd, max_epochs: 8, batch_size: 1000, accelerator: cpu}}
  toy-thrown: {case: churn, view: toy, architecture: mlp, model: {hidden: [4]},
               training: {learning_rate: 1000000.0, optimizer: adam, max_epochs: 3, batch_size: 32, accelerator: cpu}}
  toy-stump: {case: churn, view: toy, architecture: decision_tree, model: {min_samples_leaf: 600}}
"""


@pytest.fixture
def toy(project):
    Path("params.yaml").write_text(PARAMS.rstrip() + OF_TODAY)
    leave_features()
    return params.load()


def test_a_loss_that_is_no_number_ends_the_stage_and_says_where(toy):
    """Though the best weights, of the first epoch, are numbers."""
    told = (
        r"^toy-exploded diverged in the fit on fold 0: its \w+_loss is (nan|inf) in epoch \d; lower"
    )
    with pytest.raises(UserError, match=told):
        train(toy, "toy-exploded")
    assert not places.model("churn", "toy-exploded").exists()


def notes_of(settings, name) -> list[str]:
    """What stands on the leaderboard, in the report, and in MLflow's tags of both stages."""
    train(settings, name)
    evaluate.run(settings, name, Untracked())
    compare.run(settings, "churn")
    board = json.loads((places.leaderboard("churn") / "leaderboard.json").read_text())
    (row,) = board["rows"]
    notes = row.get("notes", [])
    for stage in ("train", "evaluate"):
        tags = records.read(settings, name, stage, "k" * 64, {}, None).tags
        assert tags.get("caselab.notes") == ("; ".join(notes) or None)
    looking.print_board(looking.with_costs(board))
    return notes


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("toy-thrown", "learned nothing in 4 of 4 fits, whose loss came to "),
        ("toy-stump", "gives all rows the same answer in 3 of 3 folds"),
    ],
)
def test_what_learned_nothing_is_told_on_the_leaderboard_and_to_mlflow(toy, capsys, name, told):
    assert any(note.startswith(told) for note in notes_of(toy, name))
    assert f"{name} {told.strip()}" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("name", ["toy-logistic", "toy-baseline"])
def test_where_there_is_nothing_to_say_nothing_is_written(toy, capsys, name):
    assert notes_of(toy, name) == []
    assert not (places.model("churn", name) / soundness.FILE).exists()
    assert "notes" not in (places.report("churn", name) / "metrics.json").read_text()


@pytest.mark.parametrize(("rows", "fails"), [(120, False), (400, True)])
def test_a_fit_of_few_rows_for_the_learning_curve_may_come_to_nothing(
    toy, monkeypatch, rows, fails
):
    """As lifetimes' model does, whose parameters from a tenth of the rows may have no mean."""
    answer = fits.Fits.answer

    def numberless(self, fitted, positions):
        answers = answer(self, fitted, positions)
        return answers * (np.nan if len(fitted.learned_from) == rows else 1)

    fit = fits.Fits.fit

    def fitted(self, positions, fold, share=1.0):
        pipeline = fit(self, positions, fold, share)
        pipeline.learned_from = positions
        return pipeline

    monkeypatch.setattr(fits.Fits, "fit", fitted)
    monkeypatch.setattr(fits.Fits, "answer", numberless)
    monkeypatch.setattr(fits.Fits, "score", lambda *_: 0.5)
    if fails:
        with pytest.raises(UserError, match="toy-logistic answers 200 of 200 rows of fold 0"):
            train(toy, "toy-logistic")
    else:
        train(toy, "toy-logistic")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_answers_that_are_no_numbers_are_refused(value):
    answers = pd.DataFrame({"value": [1.0, value, 3.0], "name": ["a", "b", None]})
    with pytest.raises(
        UserError, match=r"^prices-mlp answers 1 of 3 test rows with what is no finite"
    ):
        soundness.require_finite_answers(answers, "prices-mlp", "test rows")
    soundness.require_finite_answers(answers.fillna({"value": 2}).replace(np.inf, 2), "a", "b")


def test_a_loss_that_ends_far_above_its_beginning_is_told_and_a_large_one_of_dollars_is_not():
    def rounds(*values):
        return [{"epoch": n, "train_loss": v} for n, v in enumerate(values, start=1)]

    thrown = soundness.is_thrown
    assert thrown(rounds(1.04, 1.4e6, 5.4e4), of_network=True)
    assert thrown(rounds(4.8e12, 8.3e11), of_network=True)
    assert not thrown(rounds(4.8e12, 8.3e11), of_network=False)  # a booster's, in the target's unit
    assert not thrown(rounds(1.2, 0.7, 0.9), of_network=True)
    assert not thrown((), of_network=True)


def test_equal_answers_are_told_from_nearly_equal_ones():
    prices = np.full(100, 180_000.0)
    assert soundness.are_constant(pd.DataFrame({"value": prices}))
    assert soundness.are_constant(pd.DataFrame({"value": prices * (1 + 1e-13 * np.arange(100))}))
    assert not soundness.are_constant(pd.DataFrame({"value": [*prices, 180_001.0]}))
    assert not soundness.are_constant(pd.DataFrame({"value": [1.0]}))  # of one row nobody can tell
    assert not soundness.are_constant(pd.DataFrame({"recommended": [[1], [1]]}))
