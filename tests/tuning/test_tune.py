"""A whole search of a toy's settings: scores, limits, ends, what it leaves."""

import csv
import math
import threading
from pathlib import Path

import pandas as pd
import pytest

from caselab import cases, problems
from caselab import params as parameters
from caselab.errors import UserError
from caselab.params import load
from caselab.project import places
from caselab.stages import held_out, process
from caselab.storage import datasets
from caselab.tracking import searches, store
from caselab.tuning import search as searching
from caselab.tuning import trial
from caselab.tuning.results import Wish
from caselab.tuning.search import Budget
from caselab.tuning.tune import space, tune
from tests.stages.toys import train
from tests.tuning.conftest import call_here

ROOT = Path(__file__).parents[2]


def run(params, pipeline="toy-tree", said=None, cancel=None, at_once=2, **wish):
    wish = {"sampler": "random", "budget": Budget(trials=4), **wish}
    return tune(
        params,
        Wish(pipeline, **wish),
        "key",
        at_once=at_once,
        cancel=cancel or threading.Event(),
        say=([] if said is None else said).append,
    )


def leaderboards_validation(params, name):
    rows = datasets.read(places.features("toy") / "train")
    answered = held_out.read(places.model("churn", name), rows)
    case = cases.load("churn")
    settings = params.cases["churn"].evaluation
    return answered.scores(problems.load(case.problem), case, settings)[case.metric]


def test_a_trial_scores_as_the_leaderboard_does(toy):
    train(toy, "toy-tree")
    steps = []
    found = trial.score(toy, "toy-tree", on_step=lambda *told: steps.append(told))
    assert found["folds"] == leaderboards_validation(toy, "toy-tree")
    assert [(step, of) for step, _, of in steps] == [(n * trial.STRIDE, "score") for n in (1, 2, 3)]


def test_no_test_row_is_ever_read(toy, monkeypatch):
    read = datasets.read

    def only_train(path):
        assert Path(path).name == "train"
        return read(path)

    monkeypatch.setattr(datasets, "read", only_train)
    monkeypatch.setenv("CASELAB_TRACKING", "off")
    assert run(toy, budget=Budget(trials=2)).best


def test_a_search_leaves_a_change_of_params_pictures_and_runs(toy):
    said = []
    toy = parameters.load(overrides=["pipelines.toy-tree.model.min_samples_leaf=300"])  # a stump
    outcome = run(toy, said=said, sampler="tpe", budget=Budget(trials=6))
    assert outcome.gain.value > 0
    assert sum(outcome.counts.values()) == 6
    assert outcome.present.value == pytest.approx(0.5, abs=0.1)
    assert said[0].startswith("as in params.yaml: ")
    assert any("(best)" in line for line in said)
    assert "-  toy-tree: {case: churn" in outcome.diff
    assert "+  toy-tree: {case: churn" in outcome.diff
    assert outcome.diff.count("\n+") == 2  # its header and one line
    assert outcome.diff.count("\n-") == 1
    changed = Path("params.yaml").read_text()
    assert changed == outcome.text  # not written unless asked
    Path("params.yaml").write_text(outcome.new)
    block = load(Path()).pipelines["toy-tree"]
    for name, value in outcome.best.settings.items():
        part, _, key = name.partition(".")
        assert getattr(block, part).get(key, value) == value
    shown = outcome.folder / "shown"
    with (shown / "trials.csv").open() as lines:
        assert next(csv.DictReader(lines))["trial"] == "present"
    assert {f.stem for f in shown.glob("*.png")} >= {"history", "slices", "parallel_coordinates"}
    with store.client() as client:
        runs = client.search_runs([client.get_experiment_by_name("churn").experiment_id])
        parents = [each for each in runs if searches.SEARCH in each.data.tags]
        [parent] = parents
        children = [each for each in runs if searches.PARENT in each.data.tags]
        files = {file.path for file in client.list_artifacts(parent.info.run_id)}
    assert {each.data.tags[searches.PARENT] for each in children} == {parent.info.run_id}
    assert len(children) == 7
    assert {"history.png", "trials.csv", "change.diff"} <= files
    assert parent.data.metrics["validation/best"] == pytest.approx(outcome.best.value)

    again = run(toy, sampler="tpe", budget=Budget(trials=6))  # all of it is known
    assert again.best == outcome.best
    with store.client() as client:
        experiment = client.get_experiment_by_name("churn").experiment_id
        assert len(client.search_runs([experiment])) == 8


def test_nothing_better_leaves_params_yaml_alone(toy, monkeypatch):
    monkeypatch.setenv("CASELAB_TRACKING", "off")
    toy = parameters.load(overrides=["tuning.toy-tree.model.max_depth=[1, 1]"])
    said = []
    outcome = run(toy, said=said, budget=Budget(trials=1))
    assert outcome.gain.value < 0
    assert not any("(best)" in line for line in said)  # the present settings are
    assert outcome.diff == ""
    assert math.isnan(outcome.gap)


def status_of_the_search():
    with store.client() as client:
        experiment = client.get_experiment_by_name("churn").experiment_id
        [run] = client.search_runs([experiment], f"tags.`{searches.SEARCH}` = 'toy-tree'")
    return run.info.status


def test_a_stopped_search_goes_on_with_what_it_was_trying(toy, monkeypatch):
    cancel, begun = threading.Event(), []

    def stop_at_the_third(function, args=(), kwargs=None, **options):
        begun.append(function)
        if len(begun) == 4:  # the first was what params.yaml has
            cancel.set()
            raise process.StageStoppedError
        return call_here(function, args, kwargs, **options)

    monkeypatch.setattr(process, "call_in_fork", stop_at_the_third)
    with pytest.raises(process.StageStoppedError):
        run(toy, cancel=cancel, at_once=1)
    assert status_of_the_search() == "KILLED"
    monkeypatch.setattr(process, "call_in_fork", call_here)
    said = []
    outcome = run(toy, said=said, at_once=1)
    assert said[0] == "Going on after 2 trials of an earlier search."
    assert sum(outcome.counts.values()) == 4
    assert "as in params.yaml" not in str(said)  # it was scored before
    assert status_of_the_search() == "FINISHED"


def test_a_search_ends_in_time(toy, monkeypatch):
    monkeypatch.setenv("CASELAB_TRACKING", "off")
    monkeypatch.setattr(searching, "LOOK", 0.01)
    outcome = run(toy, budget=Budget(seconds=0.3))
    assert sum(outcome.counts.values()) < 100  # and without an end there would be no outcome


def test_nested_validation_chooses_without_the_fold_that_judges(toy, monkeypatch):
    monkeypatch.setenv("CASELAB_TRACKING", "off")
    asked = []

    def heard(function, args=(), kwargs=None, **options):
        asked.append((kwargs or {}).get("without"))
        return call_here(function, args, kwargs, **options)

    monkeypatch.setattr(process, "call_in_fork", heard)
    outcome = run(toy, honest=True, budget=Budget(trials=2))
    assert 0.5 < outcome.nested < 1
    assert {fold: asked.count(fold) for fold in (0, 1, 2)} == {0: 2, 1: 2, 2: 2}
    learned = trial.Fits.of(toy, "toy-tree", trial.Told(print), without=1)
    assert set(learned.rows.fold) == {0, 2}


def test_where_all_trials_fail_the_first_reason_is_told(toy, monkeypatch):
    monkeypatch.setenv("CASELAB_TRACKING", "off")

    def failing(function, args=(), kwargs=None, **options):
        if args[0].pipelines["toy-tree"].model.get("criterion"):
            raise UserError("a loss is no finite number.")
        return call_here(function, args, kwargs, **options)

    monkeypatch.setattr(process, "call_in_fork", failing)
    with pytest.raises(UserError, match=r"Every trial of toy-tree failed.*finite"):
        run(toy, budget=Budget(trials=2))


@pytest.mark.parametrize(
    ("pipeline", "overrides", "sentence"),
    [
        ("toy-tre", [], "nearest: toy-tree"),
        ("toy-baseline", [], "is the baseline of churn.*toy-logistic, toy-tree"),
        ("toy-tree", ["tuning.toy-tree.model.max_depth=[3]"], "nothing to tune of toy-tree"),
    ],
)
def test_what_cannot_be_tuned_is_told_at_once(toy, pipeline, overrides, sentence):
    params = parameters.load(overrides=overrides)
    with pytest.raises(UserError, match=sentence):
        space(params, Wish(pipeline, "tpe", Budget(trials=1)))


def test_networks_are_told_of_by_the_epochs_of_each_fold():
    heard = []
    told = trial.Told(lambda *step: heard.append(step))
    for epoch in range(1, 12):
        told.epoch(1, epoch, {"training_loss": 1.0, "validation_loss": epoch / 10})
    told.epoch(1, 5, {"training_loss": 1.0})  # nothing held out
    told.epoch(None, 5, {"validation_loss": 1.0})
    assert heard == [(trial.STRIDE + 5, 0.5, "loss"), (trial.STRIDE + 10, 1.0, "loss")]


def test_the_table_of_a_search_is_read_by_pandas(toy, monkeypatch):
    monkeypatch.setenv("CASELAB_TRACKING", "off")
    outcome = run(toy, budget=Budget(trials=2))
    table = pd.read_csv(outcome.folder / "shown" / "trials.csv")
    assert table["trial"].tolist()[0] == "present"
    folds = table[["fold 0", "fold 1", "fold 2"]].mean(axis=1)
    complete = table["state"] == "complete"
    assert folds[complete].tolist() == pytest.approx(table["score"][complete].tolist())
