import pytest
import yaml

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
