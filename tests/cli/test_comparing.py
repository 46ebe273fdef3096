from dataclasses import replace

import yaml

from caselab.cli import comparing, tables
from caselab.evaluation.comparison import Gain
from caselab.promotion import gains
from caselab.registry import snapshots
from caselab.registry.snapshots import Snapshot
from tests.cli.test_cli import error_of, invoke

SNAPSHOTS = {
    "churn-mlp": Snapshot(
        "churn-mlp",
        settings={"model.hidden": "(128, 64)", "seed": "7"},
        inputs={"data/features/churn-table": "0123456789abcdef.dir", "src/mlp.py": "fedcba9876"},
        scores={"validation/roc_auc": 0.843, "test/roc_auc": 0.84},
    ),
    "churn@2": Snapshot(
        "churn@2 (churn-svm)",
        settings={"model.C": "1.0", "seed": "7"},
        inputs={"data/features/churn-table": "0123456789abcdef.dir"},
        scores={"validation/roc_auc": 0.851},
    ),
}


def test_diff_shows_what_differs_and_nothing_else(project, monkeypatch):
    monkeypatch.setattr(snapshots, "take", lambda _, name: SNAPSHOTS[name])
    output = invoke("diff", "churn-mlp", "churn@2").output
    lines = {line.split()[0]: line for line in output.splitlines() if line.strip()}
    assert "(128, 64)" in lines["model.hidden"]
    assert "seed" not in lines
    assert "fedcba98" in lines["src/mlp.py"]
    assert "data/features/churn-table" not in lines
    assert lines["validation"].split() == ["validation", "roc_auc", "0.8430", "0.8510", "+0.0080"]
    assert lines["test"].split() == ["test", "roc_auc", "0.8400"]  # the other snapshot has none


def test_equal_pipelines_are_said_to_be_equal(project, monkeypatch):
    monkeypatch.setattr(snapshots, "take", lambda _, name: SNAPSHOTS["churn-mlp"])
    output = invoke("diff", "churn-mlp", "churn-mlp").output
    assert "settings: equal" in output
    assert "made from: equal" in output


def test_differing_covers_both_sides():
    assert comparing.differing({"a": "1", "b": "2"}, {"b": "2", "c": "3"}) == [
        ("a", "1", ""),
        ("c", "", "3"),
    ]


def test_two_cases_are_not_compared(project):
    params = yaml.safe_load((project / "params.yaml").read_text())
    params["cases"]["prices"] = params["cases"]["churn"] | {"evaluation": {}}
    params["cases"]["prices"]["validation"] = {"kind": "kfold"}
    params["views"]["prices-table"] = {"case": "prices", "view": "table"}
    params["pipelines"]["prices-ridge"] = {
        "case": "prices", "view": "prices-table", "architecture": "ridge",
    }  # fmt: skip
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    for other in ("prices-ridge", "prices@champion"):
        assert "churn-mlp is of the case churn and" in error_of("diff", "churn-mlp", other)


def test_gains_of_two_pipelines_come_with_intervals(project, monkeypatch):
    gain = Gain(0.008, 0.001, 0.015)
    monkeypatch.setattr(snapshots, "take", lambda _, name: SNAPSHOTS["churn-mlp"])
    monkeypatch.setattr(gains, "between", lambda *_: {"validation/roc_auc": gain})
    output = invoke("diff", "churn-mlp", "churn-svm").output
    (line,) = [line for line in output.splitlines() if "validation roc_auc" in line]
    assert line.endswith("+0.0080 [+0.0010, +0.0150] ")
    assert "95 % intervals" in output


def test_at_80_columns_an_interval_stays_in_one_line(project, monkeypatch):
    taken = replace(SNAPSHOTS["churn-mlp"], title="churn-random-forest")
    monkeypatch.setattr(snapshots, "take", lambda _, name: taken)
    gain = Gain(0.008, 0.001, 0.015)
    monkeypatch.setattr(gains, "between", lambda *_: {"validation/roc_auc": gain})
    monkeypatch.setattr(tables, "PIPE_WIDTH", 80)
    output = invoke("diff", "churn-mlp", "churn-random-forest").output
    assert "+0.0080 [+0.0010, +0.0150]" in output
    assert max(map(len, output.splitlines())) <= 80


def test_diff_of_an_unknown_name_names_the_nearest(project):
    assert "'churn-ml'; the nearest: churn-mlp" in error_of("diff", "churn-mlp", "churn-ml")
