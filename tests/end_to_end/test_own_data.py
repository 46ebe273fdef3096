"""From a table that nobody prepared to a champion that answers, by `caselab new` alone."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tests.end_to_end.conftest import Clone, clone

ROWS = 1500


def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    goes = random.random(ROWS) < 0.4
    days = pd.date_range("2020-01-01", periods=ROWS)
    return pd.DataFrame(
        {
            "Unnamed: 0": range(ROWS),
            "Preis (€)": [f"{price:,.2f} €" for price in random.gamma(3, 900, ROWS)],
            "100%": random.random(ROWS) + goes,
            "Class": random.choice(["a", "b"], ROWS),
            "class": random.choice([f"kind {kind}" for kind in range(200)], ROWS),
            "2021": np.where(random.random(ROWS) < 0.4, np.nan, random.integers(0, 90, ROWS)),
            "seit": [
                day.strftime(form)
                for day, form in zip(
                    days, random.choice(["%d.%m.%Y", "%Y-%m-%d"], ROWS), strict=True
                )
            ],
            "zip": [f"{code:05d}" for code in random.integers(1, 60, ROWS)],
            "const": "x",
            "really mixed": random.choice(["1", "2.5", "red"], ROWS),
            "Geht weg?": np.where(goes, "ja", "nein"),
        }
    )


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    made = clone(tmp_path_factory.mktemp("own") / "project")
    table().to_csv(made.root.parent / "odd.csv", index=False)
    words = ("--from", "../odd.csv", "--target", "Geht weg?", "--yes", "--no-run", "--take-in")
    said = made.run("caselab", "new", "leavers", *words).stdout
    assert "git add data/own/.gitignore data/own/odd.csv.dvc && git commit" in " ".join(
        said.split()
    )
    params = made.params
    kept = ("leavers-baseline", "leavers-logistic")
    params["pipelines"] = {name: params["pipelines"][name] for name in kept}
    for section in ("cases", "views", "sources"):
        params[section] = {k: v for k, v in params[section].items() if k.startswith("leavers")}
    made.write_params(params | {"schedules": {}, "blends": {}})
    made.commit()
    made.run("caselab", "run", "leavers")
    return made


def test_it_has_a_champion_that_beats_the_baseline(grown):
    assert "leavers-logistic" in grown.run("caselab", "champion", "leavers").stdout


def test_single_rows_without_id_and_target_get_answers(grown):
    asked = table().drop(columns=["Unnamed: 0", "const", "Geht weg?"])
    asked.tail(1).to_csv(grown.root / "one.csv", index=False)
    asked.tail(20).to_csv(grown.root / "twenty.csv", index=False)
    for name in ("one", "twenty"):
        grown.run("caselab", "predict", "leavers", f"{name}.csv", "--output", f"{name}-out.csv")
    one, twenty = (pd.read_csv(grown.root / f"{name}-out.csv") for name in ("one", "twenty"))
    assert list(one) == ["line", "ja", "nein", "decision", "notes"]
    assert twenty["line"].tolist() == list(range(1, 21))
    assert one["ja"][0] == pytest.approx(twenty["ja"][19])


def test_a_second_clone_has_all_that_the_case_needs(grown, tmp_path):
    grown.run("dvc", "remote", "add", "--default", "store", str(tmp_path / "store"))
    grown.run("dvc", "push", "--quiet")
    grown.commit()
    other = Clone(tmp_path / "other")
    subprocess.run(["git", "clone", "-q", str(grown.root), str(other.root)], check=True)
    other.run("dvc", "pull", "--quiet")
    assert "Nothing to do" in other.run("caselab", "run", "leavers").stdout
    (other.root / "data/own/odd.csv").unlink()
    said = other.run("caselab", "run", "leavers", "--refresh", code=2)
    assert "data/own/odd.csv, which is missing; bring it with `dvc checkout" in " ".join(
        said.stdout.split()
    )
    assert "Traceback" not in said.stdout + said.stderr


def test_show_lists_what_its_contract_allows(grown):
    said = grown.run("caselab", "show", "leavers", "--columns").stdout
    assert "Preis (€)" in said
    assert "ja, nein" in said


def test_nothing_leaks(grown):
    grown.run(
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "tests/end_to_end/test_leakage.py",
        "-k",
        "leavers",
        seconds=400,
    )


def test_a_second_case_of_that_name_is_refused(grown):
    words = ("--from", "../odd.csv", "--target", "class", "--yes")
    said = grown.run("caselab", "new", "leavers", *words, code=2)
    assert "already" in said.stderr
    assert "Traceback" not in said.stderr
