"""A pipeline's scores after a run, beside those before it."""

import math
from types import SimpleNamespace

import pytest

from caselab.cli import tables
from caselab.project import places
from caselab.storage.files import write_json
from flows import scores

SCORE = {"value": 0.85, "low": 0.82, "high": 0.88}
STANDING = {
    "pipeline": "churn-mlp",
    "now": {"validation": SCORE, "test": SCORE},
    "before": {"validation": SCORE | {"value": 0.84}, "test": SCORE | {"value": 0.86}},
    "gains": {
        "validation": {"value": 0.01, "low": math.nan, "high": math.nan},
        "test": {"value": -0.01, "low": -0.0201, "high": 0.0011},
    },
}
FIRST = {"pipeline": "churn-logistic", "now": STANDING["now"], "before": {}, "gains": {}}


@pytest.fixture
def plan(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    block = SimpleNamespace(case="churn")
    return SimpleNamespace(params=SimpleNamespace(pipelines={"churn-mlp": block}))


def test_each_part_stands_beside_what_it_was(capsys):
    scores.print_scores("churn", "roc_auc", [FIRST, STANDING])
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if "0.850" in line]
    now = ["0.850", "(0.820-0.880)"]
    assert lines == [
        ["churn-logistic", "validation", *now],
        ["test", *now],
        ["churn-mlp", "validation", *now, "0.840", "+0.0100"],
        ["test", *now, "0.860", "-0.0100", "[-0.0201,", "+0.0011]"],
    ]


def test_it_fits_into_80_columns(capsys, monkeypatch):
    monkeypatch.setattr(tables, "PIPE_WIDTH", 80)
    last = STANDING | {"pipeline": "churn-random-forest"}
    scores.print_scores("churn", "roc_auc", [FIRST, STANDING, last])
    out = capsys.readouterr().out
    assert out.count("-0.0100 [-0.0201, +0.0011]") == 2
    assert "random-forest" in out
    assert out.endswith("In a wider window also: before.\n")
    assert max(map(len, out.splitlines())) <= 80


def test_what_a_report_said_is_kept_until_the_next_one(plan):
    report, former = places.report("churn", "churn-mlp"), places.former_report("churn-mlp")
    scores.keep(plan, "churn-mlp")
    assert not former.exists()
    for number in (1, 2):
        write_json(report / "metrics.json", number)
        scores.keep(plan, "churn-mlp")
        assert (former / "metrics.json").read_text() == f"{number}\n"
    (report / "metrics.json").unlink()  # a run failed
    scores.keep(plan, "churn-mlp")
    assert (former / "metrics.json").read_text() == "2\n"
