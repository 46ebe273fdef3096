import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import caselab
from caselab import params
from caselab.data import contracts
from caselab.errors import UserError
from caselab.inspection import case_file, params_file, writing
from caselab.inspection.proposal import propose
from caselab.inspection.wishes import Wishes

ROOT = Path(caselab.__file__).parents[2]


def proposed(records, target="Geht weg?", name="odd", **wishes):
    return propose(name, {"origin": "odd.csv"}, records, Wishes(target=target, **wishes))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of its own, the current folder; returns its package."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "src/caselab"


@pytest.mark.parametrize(
    ("target", "wishes"),
    [("Geht weg?", {}), ("100%", {"time": "day"}), ("Class", {"group": "zip"}), ("odd name", {})],
)
def test_the_file_is_as_ruff_would_have_it(odd, tmp_path, target, wishes):
    names = {"bit": 'with "quotes"', "truth": "it's\na break \\ and a slash", "100%": "100%"}
    labels = pd.Series([*(f"a long label {i % 9} of some words" for i in range(395)), *"xyzäß"])
    records = odd.rename(columns=names).assign(**{"odd name": labels.mask(labels.index == 0)})
    proposal, _ = proposed(records, target, **wishes)
    file = tmp_path / "odd.py"
    file.write_text(case_file.text(proposal))
    settings = ["--config", str(ROOT / "pyproject.toml")]
    for command in (["format", "--diff"], ["check", "--ignore", "RUF001"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *settings, str(file)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("target", [None, "Geht weg?"])
def test_a_case_of_anomalies_is_written_with_and_without_a_label(odd, tmp_path, target):
    proposal, records = proposed(odd, target, problem="anomalies")
    rows = writing.rehearse(proposal, records)
    assert rows["train"] + rows["test"] == 400
    case = writing._case(proposal)
    assert (case.problem, case.target) == ("anomalies", target)
    assert case.question == "Is a row out of the ordinary?"
    file = tmp_path / "odd.py"
    file.write_text(case_file.text(proposal))
    command = [sys.executable, "-m", "ruff", "format", "--diff", "--config", "pyproject.toml"]
    done = subprocess.run([*command, str(file)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_anomalies_of_a_table_without_numbers_are_refused_in_one_sentence(odd):
    proposal, records = proposed(odd[["flag", "zip", "truth"]], None, problem="anomalies")
    with pytest.raises(UserError, match="None of the columns holds numbers") as raised:
        writing.rehearse(proposal, records)
    assert "\n" not in str(raised.value)


def test_the_records_keep_the_contract_and_are_split(odd):
    proposal, records = proposed(odd)
    rows = writing.rehearse(proposal, records)
    assert rows["train"] + rows["test"] == 400
    assert 50 < rows["test"] < 110


def test_infinite_numbers_of_a_feature_are_missing_and_told(odd):
    values = odd["100%"].mask(odd.index < 5, np.inf)
    proposal, records = proposed(odd.assign(ratio=values))
    (ratio,) = [each.profile for each in proposal.columns if each.name == "ratio"]
    assert ratio.missing == 5
    assert any(
        "'ratio' a value is taken as missing where it says 'inf'" in n for n in proposal.notes
    )
    checked = contracts.check(records, writing._case(proposal).contract())
    assert checked.records["ratio"].isna().sum() == checked.converted["ratio"] == 5


def test_yes_and_no_in_several_spellings_become_booleans(odd):
    words = np.resize(np.array(["Yes", "no", "NO", "yes"], dtype=object), len(odd))
    gaps = pd.Series(words).mask(odd.index < 9)
    records = odd.assign(paid=words, gaps=gaps)
    proposal, records = proposed(records)
    checked = contracts.check(records, writing._case(proposal).contract()).records
    assert checked["paid"].tolist() == [word.lower() == "yes" for word in words]
    assert checked["gaps"].isna().sum() == 9
    assert checked["gaps"][9:].tolist() == checked["paid"][9:].tolist()
    assert writing.rehearse(proposal, records)["train"]


@pytest.mark.filterwarnings("error")
def test_numbers_beyond_what_64_bits_hold(odd):
    huge = {
        "order_id": [2**64 - 1 - row for row in range(400)],
        "n": [1e300 * (1 + row) for row in range(400)],
    }
    proposal, records = proposed(odd.assign(**huge), "100%")
    assert proposal.id == "order_id"
    rows = writing.rehearse(proposal, records)
    assert rows["train"] + rows["test"] == 400


def test_rows_without_a_target_and_of_rare_classes_are_dropped_and_a_question_is_not(odd):
    labels = pd.Series(["a"] * 200 + ["b"] * 195 + ["c"] * 3 + [None] * 2)
    proposal, records = proposed(odd.assign(label=labels), "label")
    assert writing.rehearse(proposal, records)["dropped"] == 5
    case = writing._case(proposal)
    kept, counts = case.clean(records)
    assert (len(kept), counts) == (395, {"no target": 2, "a class of too few rows": 3})
    assert len(case.clean(records.drop(columns="label"))[0]) == 400


def test_all_is_written_and_params_say_what_they_said(odd, project):
    before = Path("params.yaml").read_text()
    proposal, _ = proposed(odd)
    writing.check_name("odd", package=project)
    assert writing.write(proposal, package=project) == [
        project / "cases/odd.py",
        Path("params.yaml"),
    ]
    after = Path("params.yaml").read_text()
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    loaded = params.load(package=project)
    assert loaded.views["odd-table"].options == {"texts": ("review",)}
    assert loaded.pipelines["odd-table-logistic"].case == "odd"
    assert params_file.without_case(after, "odd") == before

    writing.check_name("odd", force=True, package=project)
    writing.write(proposal, package=project)
    assert Path("params.yaml").read_text() == after


def test_nothing_is_written_where_params_would_not_load(odd, project, monkeypatch):
    text = Path("params.yaml").read_text().replace("seed: 7", "seed: seven")
    Path("params.yaml").write_text(text)
    proposal, _ = proposed(odd)
    with pytest.raises(UserError, match="seed is"):
        writing.write(proposal, query="", package=project)
    assert not (project / "cases/odd.py").exists()
    assert Path("params.yaml").read_text() == text


NAMES = {
    "Foo-bar": "take foo_bar",
    "2021": "take c2021",
    "class": "take class_case",
    "a" * 300: "has 300 letters, and a file's name",
    "churn": "a case 'churn' already",
    "movies": "is the study of movies_ranking, movies_rating",
    "train": "is a stage",
    "telco": "has a block 'telco' already",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_no_case_can_have_is_refused(project, name):
    with pytest.raises(UserError, match=NAMES[name]):
        writing.check_name(name, package=project)


def test_force_leaves_alone_what_a_person_wrote(project):
    with pytest.raises(UserError, match="not written by `caselab new`"):
        writing.check_name("churn", force=True, package=project)
