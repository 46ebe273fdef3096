"""A case and an architecture of one's own: one file and one block each."""

import json

import pytest

from tests.end_to_end.conftest import clone

CASE = '''
"""Ask which flowers bloom."""

from caselab.cases import Case


def contract():
    """Return what every row must keep."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "flower": Column(str, unique=True),
            "height": Column(float, Check.ge(0)),
            "colour": Column(str),
            "blooms": Column(str, Check.isin(["no", "yes"])),
        }
    )


def clean(records):
    """Repair nothing."""
    return records, {}


case = Case(
    name="made_up_flowers",
    title="Flowers",
    question="Which flowers bloom?",
    problem="classification",
    metric="roc_auc",
    id="flower",
    target="blooms",
    positive="yes",
    views=("table",),
    contract=contract,
    clean=clean,
    published=(),
)
'''

ARCHITECTURE = '''
"""Vote among the nearest rows."""

from pydantic import PositiveInt
from sklearn.neighbors import KNeighborsClassifier


def classification(*, n_neighbors: PositiveInt = 15) -> KNeighborsClassifier:
    """Answer with the classes of the `n_neighbors` nearest rows.

    Source: Fix and Hodges (1951), Discriminatory analysis, nonparametric discrimination.
    """
    return KNeighborsClassifier(n_neighbors=n_neighbors)
'''

FILES = {"cases/made_up_flowers.py": CASE, "architectures/made_up_vote.py": ARCHITECTURE}
"""Names that nobody would give to what is there for use."""


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    made = clone(tmp_path_factory.mktemp("grown"))
    for name, content in FILES.items():
        file = made.root / "src/caselab" / name
        assert not file.exists()
        file.write_text(content)
    rows = ["flower;height;colour;blooms"]
    for i in range(400):
        blooms = (i * 7919 % 100) < (20 if i % 2 else 80)
        rows.append(f"f{i};{i % 37 + 0.5};{'red' if i % 2 else 'blue'};{'yes' if blooms else 'no'}")
    (made.root / "flowers.csv").write_text("\n".join(rows))
    params = made.params
    params["sources"]["made_up_flowers"] = {"origin": "flowers.csv"}
    params["cases"]["made_up_flowers"] = {
        "source": "made_up_flowers",
        "split": {"test": 0.25},
        "validation": {"kind": "stratified", "folds": 3},
        "evaluation": {},
    }
    params["views"]["made_up_flowers-table"] = {"case": "made_up_flowers", "view": "table"}
    block = {"case": "made_up_flowers", "view": "made_up_flowers-table"}
    params["pipelines"] = {
        "flowers-baseline": {**block, "architecture": "baseline"},
        "flowers-vote": {**block, "architecture": "made_up_vote", "model": {"n_neighbors": 25}},
    }
    made.write_params(params)
    made.commit()
    return made


def test_a_new_case_runs_through_all_stages_to_a_champion(grown):
    said = grown.run("caselab", "run", "made_up_flowers").stdout
    assert "flowers-vote" in said
    found = json.loads(grown.run("caselab", "leaderboard", "made_up_flowers", "--json").stdout)
    (board,) = found["leaderboards"]
    assert board["candidate"] == "flowers-vote"
    test = {row["pipeline"]: row["test"]["value"] for row in board["rows"]}
    assert test["flowers-vote"] > 0.65
    assert test["flowers-baseline"] == 0.5

    (grown.root / "new.csv").write_text("flower,height,colour\nx1,3.5,blue\nx2,3.5,red\n")
    grown.run("caselab", "predict", "made_up_flowers", "new.csv", "--output", "answers.csv")
    lines = (grown.root / "answers.csv").read_text().splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("x1")


def test_a_new_architecture_is_checked_like_any_other(grown):
    said = grown.run(
        "caselab",
        "run",
        "--dry",
        "--set",
        "pipelines.flowers-vote.model.n_neighbors=0",
        code=2,
    )
    assert "n_neighbors" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_new_architecture_is_tested_because_it_is_there(grown):
    said = grown.run(
        *("python", "-m", "pytest", "-p", "no:cacheprovider", "-v", "-k", "made_up_vote"),
        "tests/architectures/test_contract.py",
    ).stdout
    passed = [line for line in said.splitlines() if "PASSED" in line]
    assert sum("[made_up_vote-classification-table]" in line for line in passed) >= 5
    assert sum("[made_up_vote-classification]" in line for line in passed) == 1
