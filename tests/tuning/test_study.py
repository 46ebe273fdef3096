"""The trials of a search: kept, drawn, given up, and gone on with after a kill."""

import sqlite3

import optuna
import pytest

from caselab.errors import UserError
from caselab.params.search import Between, OneOf
from caselab.tuning import settings
from caselab.tuning.study import Study
from caselab.tuning.trial import STRIDE

SPACE = {
    "model.C": Between(0.001, 100.0, log=True),
    "model.hidden": OneOf((64,), (128, 64)),
    "model.max_depth": Between(1, 9),
}


@pytest.fixture
def open_study(tmp_path):
    def make(sampler="random", space=SPACE, file="trials.db", seed=7):
        return Study(tmp_path / file, space, maximize=True, sampler=sampler, seed=seed)

    return make


def walk(study, count):
    """Try `count` settings, scored by their C."""
    found = []
    for _ in range(count):
        asked = study.ask()
        if asked is None:
            break
        number, chosen = asked
        found.append(chosen)
        study.tell(number, folds=[chosen["model.C"]] * 2, seconds=0.1)
    return found


@pytest.mark.parametrize("sampler", ["random", "tpe", "grid"])
def test_settings_are_of_the_space_and_of_the_arguments_types(open_study, sampler):
    for chosen in walk(open_study(sampler), 12):
        assert 0.001 <= chosen["model.C"] <= 100
        assert chosen["model.hidden"] in [(64,), (128, 64)]
        assert isinstance(chosen["model.max_depth"], int)
        assert float(f"{chosen['model.C']:.3g}") == chosen["model.C"]


def test_a_grid_has_each_point_once_and_an_end(open_study):
    space = {"model.C": OneOf(0.1, 1, 10), "model.max_depth": OneOf(1, 2)}
    walked = walk(open_study("grid", space), 99)
    assert sorted((c["model.C"], c["model.max_depth"]) for c in walked) == sorted(
        (c, d) for c in (0.1, 1, 10) for d in (1, 2)
    )


@pytest.mark.parametrize("sampler", ["random", "tpe", "grid"])
def test_a_killed_search_goes_on_and_tries_the_same_as_one_that_was_not(open_study, sampler):
    whole = walk(open_study(sampler, file="whole.db"), 14)
    study = open_study(sampler)
    before = walk(study, 11)
    _, lost = study.ask()  # killed while it was at this one, and again before that was tried anew
    open_study(sampler).ask()
    study = open_study(sampler)
    after = walk(study, 3)
    assert [*before, *after] == whole
    assert after[0] == lost
    assert len(study.tried) == 14
    assert len({str(each.settings) for each in study.tried}) == 14  # nothing lost, nothing double


def test_what_failed_is_not_tried_again_and_never_best(open_study):
    study = open_study()
    number, _ = study.ask()
    study.tell(number, seconds=1.0, why="a loss is no finite number")
    walk(study, 2)
    again = open_study()
    assert [each.state for each in again.tried] == ["failed", "complete", "complete"]
    assert again.tried[0].why == "a loss is no finite number"
    assert again.best().value == max(each.value for each in again.tried[1:])


def test_a_trial_worse_than_most_at_the_same_step_is_given_up(open_study):
    study = open_study()
    for _ in range(5):
        number, _ = study.ask()
        assert not study.report(number, STRIDE, 0.8)
        study.tell(number, folds=[0.8, 0.8], seconds=0.0)
    worse, better = study.ask()[0], study.ask()[0]
    assert study.report(worse, STRIDE, 0.7)
    assert not study.report(better, STRIDE, 0.9)
    assert not study.report(better, 2 * STRIDE, 0.1)  # nobody has told of that step
    study.tell(worse, seconds=0.0)
    assert study.tried[-1].state == "pruned"


def test_what_params_yaml_has_is_learned_from_but_no_trial(open_study):
    study = open_study()
    here = {"model.C": 1.0, "model.hidden": (64,), "model.max_depth": 3}
    study.note_present(here, [0.7, 0.9], 1.5)
    assert study.tried == []
    assert open_study().present.value == pytest.approx(0.8)
    assert len(study.optuna.trials) == 1
    outside = open_study(file="other.db")
    outside.note_present({**here, "model.max_depth": None}, [0.7, 0.9], 1.5)
    assert outside.optuna.trials == []
    assert outside.present.value == pytest.approx(0.8)


def test_trials_lie_in_sqlite_as_optuna_keeps_them(open_study, tmp_path):
    walk(open_study(), 2)
    with sqlite3.connect(tmp_path / "trials.db") as database:
        assert database.execute("SELECT COUNT(*) FROM trials").fetchone() == (2,)
    loaded = optuna.load_study(study_name=None, storage=f"sqlite:///{tmp_path / 'trials.db'}")
    assert loaded.direction.name == "MAXIMIZE"


def test_a_grid_over_a_million_points_is_refused_with_their_number():
    space = {f"model.a{i}": OneOf(*range(10)) for i in range(6)}
    with pytest.raises(UserError, match="has 1,000,000 points"):
        settings.require_walkable(space, "churn-xgboost", limited=True)
    few = {"model.a": OneOf(*range(1001))}
    settings.require_walkable(few, "churn-xgboost", limited=True)
    with pytest.raises(UserError, match="has 1,001 points"):
        settings.require_walkable(few, "churn-xgboost", limited=False)
