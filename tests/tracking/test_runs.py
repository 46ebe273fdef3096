"""Runs in a real SQLite store."""

import json
import logging
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from caselab.params import Params
from caselab.tracking import (
    colors,
    looks_at_test_rows,
    pending,
    run_references,
    run_writer,
    runs,
    store,
)
from tests.tracked_project import INPUTS

KEY = "a" * 64


def all_runs() -> list[Run]:
    client = MlflowClient(store.uri())
    return client.search_runs([e.experiment_id for e in client.search_experiments()])


def only_run() -> Run:
    (run,) = all_runs()
    return run


@pytest.fixture
def published(params: Params, trained: None) -> run_references.RunReference:
    runs.publish(params, "churn-mlp", KEY, INPUTS, 12.5, stage="train")
    return runs.publish(params, "churn-mlp", KEY, {"models/x": "1"}, 3.0, stage="evaluate")


def test_training_and_evaluation_of_a_key_are_one_finished_run_named_like_the_pipeline(published):
    run = only_run()
    assert run.info.run_name == "churn-mlp"
    assert run.info.status == "FINISHED"
    assert run.info.run_id == published.run_id
    assert MlflowClient(store.uri()).get_experiment(run.info.experiment_id).name == "churn"


def test_a_run_has_the_scores_with_their_intervals_and_what_each_stage_took(published):
    assert (
        only_run().data.metrics.items()
        >= {
            "test/roc_auc": 0.845,
            "test_interval/roc_auc_low": 0.83,
            "test_interval/roc_auc_high": 0.86,
            "validation/roc_auc": 0.84,
            "model/bytes": 1000.0,
            "seconds/train": 12.5,
            "seconds/evaluate": 3.0,
        }.items()
    )


def test_a_run_has_the_settings_of_params_and_the_defaults_of_the_code(published):
    settings = only_run().data.params
    assert settings["architecture"] == "mlp"
    assert settings["model.dropout"] == "0.1"  # params.yaml
    assert settings["training.learning_rate"] == "0.01"
    # What nobody chose stands apart.
    assert settings["unset.training.optimizer"] == "adam"  # learning/training.py
    assert settings["unset.features.impute"] == "median"  # features/table.py
    assert not {"training.optimizer", "features.impute", "unset.seed"} & {*settings}
    assert "model.random_state" not in settings
    assert settings["seed"] == "7"


def test_a_run_says_what_it_was_made_from_and_what_it_is_worth(published, params):
    run = only_run()
    assert run.data.tags["caselab.key"] == KEY
    assert run.data.tags["caselab.seed"] == "7"
    assert run.data.tags.items() >= {f"dvc:{path}": h for path, h in INPUTS.items()}.items()
    (data,) = run.inputs.dataset_inputs
    assert data.dataset.digest == INPUTS["data/features/churn-table"]
    assert json.loads(data.dataset.profile) == {"num_rows": 8}
    note = run.data.tags["mlflow.note.content"]
    assert "Which customers" in note
    assert "| **roc_auc** | 0.840 | 0.845 (0.830-0.860) |" in note
    assert run.data.tags["mlflow.runColor"] == colors.of_architecture(params, "mlp")


def test_epochs_are_a_curve_for_each_fold(published):
    history = MlflowClient(store.uri()).get_metric_history(
        published.run_id, "folds/validation_loss_1"
    )
    assert [(point.step, point.value) for point in history] == [
        (epoch, 2 / epoch) for epoch in range(1, 6)
    ]
    folds = MlflowClient(store.uri()).get_metric_history(published.run_id, "folds/roc_auc")
    assert [(point.step, point.value) for point in folds] == [(0, 0.83), (1, 0.85)]
    names = only_run().data.metrics
    assert "epochs/validation_loss" in names
    assert {name.partition("/")[0] for name in names if name.rpartition("_")[2].isdigit()} == {
        "folds"
    }
    assert names["learning_curve/validation"] == pytest.approx(0.75)


def test_plots_and_tables_are_artifacts(published):
    client = MlflowClient(store.uri())
    names = {
        file.path
        for folder in ("", "training", "evaluation")
        for file in client.list_artifacts(published.run_id, folder)
    }
    assert names == {
        "training",
        "evaluation",
        "roc.png",  # on top, or MLflow finds nothing to compare
        "training/history.csv",
        "training/learning_curve.csv",
        "evaluation/metrics.json",
    }


@pytest.mark.parametrize("seconds", [(12.5, 3.0), (None, None)], ids=["told again", "restored"])
def test_publishing_twice_changes_nothing(published, params, seconds):
    before, looks = only_run(), list(looks_at_test_rows.all_of("churn"))
    runs.publish(params, "churn-mlp", KEY, INPUTS, seconds[0], stage="train")
    runs.publish(params, "churn-mlp", KEY, {"models/x": "1"}, seconds[1], stage="evaluate")
    after = only_run()
    assert after.to_dictionary() == before.to_dictionary()
    assert list(looks_at_test_rows.all_of("churn")) == looks
    client = MlflowClient(store.uri())
    assert len(client.get_metric_history(published.run_id, "folds/validation_loss_1")) == 5


def test_another_key_is_another_run(published, params):
    runs.publish(params, "churn-mlp", "b" * 64, INPUTS, 1.0, stage="train")
    assert len(all_runs()) == 2


def test_evaluation_writes_what_training_told_into_a_new_store(params, trained):
    runs.publish(params, "churn-mlp", KEY, INPUTS, 3.0, stage="evaluate")
    metrics = only_run().data.metrics
    assert {"test/roc_auc", "folds/validation_loss_0"} <= set(metrics)


def test_what_a_leaderboard_shows_is_noted_beside_the_store(published):
    assert published == run_references.known("churn-mlp")
    assert published.seconds == 12.5
    assert published.page.endswith(f"/runs/{published.run_id}")


def test_what_a_training_took_is_known_of_its_key_for_good(published, params):
    runs.publish(params, "churn-mlp", "b" * 64, INPUTS, 99.0, stage="train")
    assert run_references.known("churn-mlp").seconds == 99.0
    runs.publish(params, "churn-mlp", KEY, INPUTS, stage="train")  # restored, not run
    assert run_references.known("churn-mlp").seconds == 12.5
    runs.publish(params, "churn-mlp", KEY, INPUTS, 1.0, stage="evaluate")
    assert run_references.known("churn-mlp").seconds == 12.5


def test_a_record_that_a_killed_process_left_half_kept_stops_nobody(params, trained, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    runs.publish(params, "churn-mlp", KEY, INPUTS, 1.0, stage="train")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    (kept,) = Path(".caselab/pending").iterdir()
    kept.rename(kept.with_name(f".part-0123-{kept.name}"))
    assert runs.publish_pending(params) == []


def test_an_older_run_that_waited_does_not_pass_for_the_present_one(params, trained, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    runs.publish(params, "churn-mlp", KEY, INPUTS, 1.0, stage="train")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    runs.publish(params, "churn-mlp", "b" * 64, INPUTS, 2.0, stage="train")
    assert runs.publish_pending(params) == ["churn-mlp"]
    assert run_references.known("churn-mlp").key == "b" * 64
    assert len(all_runs()) == 2


def test_a_record_that_the_store_refuses_holds_up_no_other(params, trained, monkeypatch):
    with monkeypatch.context() as away:
        away.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
        for key in ("a" * 64, "b" * 64):
            runs.publish(params, "churn-mlp", key, INPUTS, 1.0, stage="train")
    write = run_writer.write

    def refuse(done):
        if done.key == "a" * 64:
            raise store.StoreError("A value is too long.")
        return write(done)

    monkeypatch.setattr(run_writer, "write", refuse)
    assert runs.publish_pending(params) == ["churn-mlp"]
    assert [run.data.tags["caselab.key"] for run in all_runs()] == ["b" * 64]
    assert [done.key for done in pending.waiting()] == ["a" * 64]


def test_live_epochs_and_published_ones_make_one_curve_without_repeats(params, trained):
    with runs.live(params, "churn-mlp", KEY) as tracker:
        for epoch in (1, 2, 3):
            tracker.epoch(1, epoch, {"training_loss": 1 / epoch, "validation_loss": 2 / epoch})
    assert only_run().info.status == "RUNNING"
    ref = runs.publish(params, "churn-mlp", KEY, INPUTS, 1.0, stage="train")
    history = MlflowClient(store.uri()).get_metric_history(ref.run_id, "folds/validation_loss_1")
    assert [point.step for point in history] == [1, 2, 3, 4, 5]


def test_a_training_that_goes_on_after_a_kill_repeats_no_epoch(params, trained):
    for epochs in ((1, 2, 3), (3, 4)):
        with runs.live(params, "churn-mlp", KEY) as tracker:
            for epoch in epochs:
                tracker.epoch(None, epoch, {"training_loss": 1 / epoch})
    client = MlflowClient(store.uri())
    history = client.get_metric_history(only_run().info.run_id, "epochs/training_loss")
    assert [point.step for point in history] == [1, 2, 3, 4]


def test_a_failed_training_is_marked_and_its_repetition_finishes_the_same_run(params, trained):
    def train() -> None:
        with runs.live(params, "churn-mlp", KEY) as tracker:
            tracker.epoch(0, 1, {"validation_loss": 2.0})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train()
    assert only_run().info.status == "FAILED"
    runs.publish(params, "churn-mlp", KEY, INPUTS, 1.0, stage="train")
    assert only_run().info.status == "FINISHED"


def test_a_store_that_cannot_be_reached_costs_one_sentence_and_gets_the_run_later(
    params, trained, project, monkeypatch, caplog
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")  # nobody listens there
    ref = runs.publish(params, "churn-mlp", KEY, INPUTS, 1.0, stage="train")
    assert ref.run_id is None
    assert ref.seconds == 1.0
    (told,) = [r.message for r in caplog.records if r.levelno >= logging.WARNING]
    assert "does not answer" in told

    shutil.rmtree(project / "models")  # a later run may have taken the place of its files
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert runs.publish_pending(params) == ["churn-mlp"]
    assert only_run().data.metrics["folds/validation_loss_0"] == pytest.approx(0.4)
    assert run_references.known("churn-mlp").run_id == only_run().info.run_id
    assert runs.publish_pending(params) == []


def test_live_tracking_of_an_unreachable_store_warns_once_and_lets_training_go_on(
    params, monkeypatch, caplog
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with runs.live(params, "churn-mlp", KEY) as tracker:
        tracker.epoch(0, 1, {"validation_loss": 2.0})
        time.sleep(1.5)
        tracker.epoch(0, 2, {"validation_loss": 1.0})
    assert len([r for r in caplog.records if r.levelno >= logging.WARNING]) == 1


def test_a_run_that_the_store_lost_is_written_again(
    published, params, project, empty_store, monkeypatch
):
    lock = {
        f"{stage}@churn-mlp": {"cmd": "x", "deps": [{"path": "data/raw", "md5": "1"}]}
        for stage in ("train", "evaluate")
    }
    (project / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": lock}))
    shutil.copy(empty_store, project / "restored.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///restored.db")
    assert runs.publish_pending(params) == ["churn-mlp"]
    assert {"test/roc_auc", "folds/validation_loss_0"} <= set(only_run().data.metrics)
    assert runs.publish_pending(params) == []


def test_tracking_off_writes_nothing_anywhere(params, trained, monkeypatch):
    monkeypatch.setenv("CASELAB_TRACKING", "off")
    with runs.live(params, "churn-mlp", KEY) as tracker:
        tracker.epoch(0, 1, {"validation_loss": 2.0})
        assert tracker.checkpoints == Path(".caselab/checkpoints") / KEY
    assert runs.publish(params, "churn-mlp", KEY, INPUTS, 1.0, stage="train") is None
    assert not Path(".caselab").exists()
    assert all_runs() == []


PUBLISH = """
import json, sys
from caselab import params
from caselab.tracking import runs
for stage in ("train", "evaluate"):
    key, inputs = sys.argv[1], json.loads(sys.argv[2])
    assert runs.publish(params.load(), "churn-mlp", key, inputs, 1.0, stage=stage).run_id
"""


def test_processes_that_write_at_once_all_get_their_run(params, trained, project):
    keys = [letter * 64 for letter in "cdef"]
    started = [
        subprocess.Popen([sys.executable, "-c", PUBLISH, key, json.dumps(INPUTS)]) for key in keys
    ]
    assert [process.wait() for process in started] == [0] * len(keys)
    assert {run.data.tags["caselab.key"] for run in all_runs()} == set(keys)
    assert len({run.info.experiment_id for run in all_runs()}) == 1


def test_a_deleted_experiment_comes_back(published, params):
    client = MlflowClient(store.uri())
    client.delete_experiment(client.get_experiment_by_name("churn").experiment_id)
    assert runs.publish(params, "churn-mlp", "b" * 64, INPUTS, 1.0, stage="train").run_id
