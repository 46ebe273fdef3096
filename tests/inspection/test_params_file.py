import pytest
import yaml

from caselab.errors import UserError
from caselab.inspection import params_file

NEW = {
    "sources": {"own": {"origin": "queries/own.sql", "database": "sqlite:///shop.db"}},
    "cases": {"own": {"source": "own", "split": {"test": 0.2}, "evaluation": {}}},
    "views": {"own-text": {"case": "own", "view": "text", "column": "yes", "texts": ["a: b", "2"]}},
    "pipelines": {"own-x": {"case": "own", "features": {"min_df": 2, "flatten": False}}},
}
TEXTS = {
    "blocks": """# head
sources:
  telco: {origin: telco.py} # beside

# between
cases:
  churn:
    source: telco
    text: |
      more
      lines

views:
  a: {case: churn,
      view: table}
pipelines:
  b:
    case: churn
# foot
gate: {rule: superior}
""",
    "none yet": "sources: {}\ncases:\n  # none\nviews:\npipelines: {}\ngate: {rule: superior}\n",
    "in one line": "sources: {a: {origin: b.csv}}\ncases: {}\nviews: {}\npipelines: {}\n",
    "not there": "seed: 7\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_blocks_come_in_and_all_else_stays(name):
    text = TEXTS[name]
    after = params_file.with_blocks(text, NEW)
    before, now = yaml.safe_load(text), yaml.safe_load(after)
    for section, blocks in NEW.items():
        assert now[section] == (before.get(section) or {}) | blocks
    assert {key: now[key] for key in before if key not in NEW} == {
        key: before[key] for key in before if key not in NEW
    }
    assert [line for line in text.splitlines() if "#" in line and line not in after] == []


def test_what_came_in_goes_out_again():
    text = TEXTS["blocks"]
    assert params_file.without_case(params_file.with_blocks(text, NEW), "own") == text


SETTINGS = """# head
pipelines:
  a-svm: {case: a, view: a-table, architecture: svm}   # one
  # of the second
  a-net:
    case: a
    view: a-table
    architecture: mlp
    model: {hidden: [8, 4], dropout: 0.5}  # few rows
    # steps are small
    training: {learning_rate: 1e-2}
    refit: false

gate: {rule: superior}
"""


def test_settings_change_and_comments_order_and_all_else_stay():
    new = {"model.hidden": (16,), "training.batch_size": 32, "features.scale": "none"}
    after = params_file.with_settings(SETTINGS, "a-net", new)
    assert yaml.safe_load(after)["pipelines"]["a-net"] == {
        "case": "a",
        "view": "a-table",
        "architecture": "mlp",
        "features": {"scale": "none"},
        "model": {"hidden": [16], "dropout": 0.5},
        "training": {"learning_rate": "1e-2", "batch_size": 32},
        "refit": False,
    }
    keys = list(yaml.safe_load(after)["pipelines"]["a-net"])
    assert keys[2:] == ["architecture", "features", "model", "training", "refit"]
    assert [line for line in SETTINGS.splitlines() if "#" in line and "hidden" not in line] == [
        line for line in after.splitlines() if "#" in line and "hidden" not in line
    ]
    assert "# few rows" in after
    assert after.splitlines()[:4] == SETTINGS.splitlines()[:4]


def test_a_block_in_one_line_stays_in_one_line():
    after = params_file.with_settings(SETTINGS, "a-svm", {"model.C": 0.1, "features.scale": "none"})
    block, _, comment = after.splitlines()[2].partition("#")
    assert block.rstrip() == (
        "  a-svm: {case: a, view: a-table, architecture: svm, features: {scale: none}, "
        "model: {C: 0.1}}"
    )
    assert comment == " one"
    assert after.splitlines()[3:] == SETTINGS.splitlines()[3:]
    assert params_file.with_settings(SETTINGS, "a-svm", {}) == SETTINGS


def test_a_block_that_hangs_on_an_anchor_elsewhere_is_left_alone():
    text = "x: &slow {learning_rate: 1}\npipelines:\n  a: {case: a, training: *slow}\n"
    with pytest.raises(UserError, match=r"block of a in params.yaml cannot be changed"):
        params_file.with_settings(text, "a", {"training.learning_rate": 2})
