from pathlib import Path

import pytest
import yaml

from caselab.errors import UserError
from caselab.registry import snapshots
from caselab.tracking import results, store
from caselab.tracking.results import Results


def lock(project: Path, **stages: dict) -> None:
    content = {
        "schema": "2.0",
        "stages": {address.replace("_", "@", 1): stage for address, stage in stages.items()},
    }
    (project / "dvc.lock").write_text(yaml.safe_dump(content))


def test_a_pipeline_that_never_ran_has_settings_and_no_more(params, project):
    snapshot = snapshots.take(params, "churn-mlp")
    assert snapshot.settings["model.dropout"] == "0.1"
    assert snapshot.settings["training.optimizer"] == "adam"
    assert snapshot.inputs == {}
    assert snapshot.scores == {}


def test_a_pipeline_shows_what_it_was_trained_with(params, project, monkeypatch):
    block = {
        "case": "churn", "view": "churn-table", "architecture": "mlp", "model": {"dropout": 0.5}
    }  # fmt: skip
    train = {
        "cmd": "train",
        "deps": [{"path": "data/features/churn-table", "md5": "f00.dir"}],
        "params": {"params.yaml": {"pipelines.churn-mlp": block, "seed": 3}},
    }
    evaluate = {
        "cmd": "evaluate",
        "deps": [
            {"path": "models/churn/churn-mlp", "md5": "a11.dir"},
            {"path": "src/caselab/evaluation", "md5": "e22.dir"},
        ],
    }
    lock(project, **{"train_churn-mlp": train, "evaluate_churn-mlp": evaluate})
    found = Results({"test/roc_auc": 0.84, "seconds/evaluate": 3.0}, curves={}, files={})
    monkeypatch.setattr(results, "of_evaluation", lambda _, primary: found)

    snapshot = snapshots.take(params, "churn-mlp")
    assert snapshot.settings["model.dropout"] == "0.5"  # params.yaml says 0.1 by now
    assert snapshot.settings["seed"] == "3"
    assert snapshot.inputs == {
        "data/features/churn-table": "f00.dir",
        "src/caselab/evaluation": "e22.dir",
    }
    assert snapshot.scores == {"test/roc_auc": 0.84}


def test_a_version_is_read_from_its_run(params, project):
    with store.client() as client:
        experiment = client.create_experiment("churn")
        tags = {"dvc:src/caselab/evaluation": "e22.dir", "dvc:models/churn/churn-mlp": "a11.dir"}
        run = client.create_run(experiment, tags=tags).info.run_id
        client.log_param(run, "model.dropout", 0.5)
        client.log_param(run, "unset.model.activation", "relu")
        client.log_metric(run, "test/roc_auc", 0.83)
        client.log_metric(run, "seconds/train", 12)
        client.create_registered_model("churn")
        client.create_model_version("churn", "models", run, {"caselab.pipeline": "churn-mlp"})
        client.set_registered_model_alias("churn", "champion", "1")
    for name in ("churn@1", "churn@champion"):
        snapshot = snapshots.take(params, name)
        assert snapshot.title == "churn@1 (churn-mlp)"
        assert snapshot.settings == {"model.dropout": "0.5", "model.activation": "relu"}
        assert snapshot.inputs == {"src/caselab/evaluation": "e22.dir"}
        assert snapshot.scores == {"test/roc_auc": 0.83}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("churn-ml", "'churn-ml'; the nearest: churn-mlp"),
        ("chrun@1", "There is no case 'chrun'; the nearest: churn"),
    ],
)
def test_an_unknown_name_names_the_nearest(params, project, name, expected):
    with pytest.raises(UserError, match=expected):
        snapshots.take(params, name)
