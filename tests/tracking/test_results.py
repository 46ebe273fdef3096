import json

from caselab.tracking import results


def leave(folder, history):
    (folder / "history.csv").write_text(history)
    (folder / "estimator.skops").write_bytes(b"1234")
    return folder


def test_epochs_of_the_whole_fit_and_of_each_fold_its_held_out_loss(tmp_path):
    history = "fold,epoch,train_loss,validation_loss\n0,1,0.9,0.8\n0,2,0.5,0.6\nall,1,0.8,\n"
    found = results.of_training(leave(tmp_path, history))
    assert found.curves == {
        "folds/validation_loss_0": [(1, 0.8), (2, 0.6)],
        "epochs/train_loss": [(1, 0.8)],
    }


def test_numbers_of_topics_that_were_tried_are_a_history_too(tmp_path):
    history = "fold,n_topics,npmi\n0,10,0.05\n0,20,0.08\n"
    found = results.of_training(leave(tmp_path, history))
    assert found.curves == {"folds/npmi_0": [(10, 0.05), (20, 0.08)]}


def test_without_a_history_the_size_is_told(tmp_path):
    (tmp_path / "estimator.skops").write_bytes(b"1234")
    assert results.of_training(tmp_path) == results.Results({"model/bytes": 4.0}, {}, {})


def test_a_metric_that_is_not_defined_is_left_out(tmp_path):
    scores = {
        "test": {"roc_auc": 0.8, "log_loss": None},
        "validation": {"roc_auc": 0.7},
        "interval": {"roc_auc": [0.6, 0.9]},
        "folds": {"roc_auc": [0.7, None, 0.9]},
    }
    (tmp_path / "metrics.json").write_text(json.dumps(scores))
    found = results.of_evaluation(tmp_path, "roc_auc")
    assert "test/log_loss" not in found.metrics
    assert found.metrics["test_interval/roc_auc_low"] == 0.6
    assert found.curves == {"folds/roc_auc": [(0, 0.7), (2, 0.9)]}


def test_the_phases_of_a_training_are_a_curve(tmp_path):
    history = "fold,epoch,train_loss,phase\nall,1,0.9,1\nall,2,0.5,2\n"
    found = results.of_training(leave(tmp_path, history))
    assert found.curves["epochs/phase"] == [(1, 1), (2, 2)]


def test_what_is_told_of_pretrained_weights(tmp_path):
    assert results.pretrained(tmp_path) == {}
    (tmp_path / "pretrained.json").write_text('{"licence": "MIT"}')
    assert results.pretrained(tmp_path) == {"licence": "MIT"}


def test_rows_of_which_nothing_is_asked_leave_no_learning_curve(tmp_path):
    (tmp_path / "learning_curve.csv").write_text("fold,rows,train,validation\n0,21027,,0.26\n")
    (tmp_path / "estimator.skops").write_bytes(b"1234")
    found = results.of_training(tmp_path)
    assert found.curves == {"learning_curve/validation": [(21027, 0.26)]}
