import json
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from caselab.cli import application, tables
from caselab.errors import UserError
from caselab.promotion import promote as promotion
from caselab.promotion.promote import Outcome
from caselab.registry import champions as registered_champions
from caselab.registry import prediction, rebuild
from caselab.registry.rebuild import Rebuilt
from caselab.registry.versions import Version
from tests.cli.conftest import write_json
from tests.cli.test_cli import error_of, invoke

CHAMPION = {
    "case": "churn",
    "store": None,
    "version": 2,
    "pipeline": "churn-logistic",
    "score": {"value": 0.842, "low": 0.82, "high": 0.862},
    "when": "2026-11-22T02:40:34.338878Z",
    "who": "ada",
    "why": "beats the baseline: gain 0.3416 [0.3199, 0.3623]",
    "history": [
        {
            "when": "2026-11-21T12:00:00Z",
            "what": "lost",
            "pipeline": "churn-mlp",
            "version": 1,
            "who": "ada",
            "why": "the gain [-0.01, 0.02] is not above 0",
        },
        {
            "when": "2026-11-22T02:40:34.338878Z",
            "what": "promoted",
            "pipeline": "churn-logistic",
            "version": 2,
            "who": "ada",
            "why": "beats the baseline",
        },
    ],
}


@pytest.fixture
def crowned(finished: Path) -> Path:
    write_json(finished / ".caselab/champions/churn.json", CHAMPION)
    return finished


def test_champion_shows_who_when_and_why(crowned):
    (line,) = [line for line in invoke("champion").output.splitlines() if "churn-logistic" in line]
    assert line.split()[:3] == ["churn", "churn-logistic", "2"]
    assert "0.842 (0.820-0.862)" in line
    assert "2026-11-22 02:40" in line
    assert "gain 0.3416 [0.3199, 0.3623]" in line  # a word in brackets is no markup


def test_champion_as_json_has_all_that_is_known(crowned):
    assert json.loads(invoke("champion", "--json").output) == {"champions": {"churn": CHAMPION}}


def test_history_shows_defeats_too(crowned):
    output = invoke("history").output
    assert "lost" in output
    assert "the gain [-0.01, 0.02] is not above 0" in output
    assert json.loads(invoke("history", "--json").output) == {
        "history": {"churn": CHAMPION["history"]}
    }


def test_list_and_leaderboard_mark_the_champion(crowned):
    for arguments in (["list", "churn"], ["leaderboard"]):
        marked = [line for line in invoke(*arguments).output.splitlines() if "champion" in line]
        assert len(marked) == 1
        assert "churn-logistic" in marked[0]


def test_a_later_training_of_the_champion_is_told_from_it(crowned, monkeypatch):
    def recorded(digest):
        out = {"path": "models/churn/churn-logistic", "md5": digest}
        stage = {"cmd": "t", "deps": [], "params": {}, "outs": [out]}
        lock = {"schema": "2.0", "stages": {"train@churn-logistic": stage}}
        write_json(crowned / "dvc.lock", lock)
        return " ".join(invoke("leaderboard").output.split())

    write_json(crowned / ".caselab/champions/churn.json", CHAMPION | {"model": "1" * 32})
    monkeypatch.setattr(tables, "PIPE_WIDTH", 80)
    newer = recorded("2" * 32)
    assert "churn-logistic here is newer than version 2, the champion." in newer
    assert "0.846 (0.836-0.856) 0.841 (0.826-0.866) 12.5 s candidate" in newer  # in one line each
    assert "newer than" not in recorded("1" * 32)  # as after `dvc checkout`


def test_champion_before_any_promotion_says_how_to_get_one(project):
    assert error_of("champion", "churn").endswith("run `caselab run churn`.")
    assert json.loads(invoke("champion", "--json").output) == {"champions": {"churn": None}}


def test_promote_says_what_the_gate_decided(project, monkeypatch):
    asked = []

    def promote(params, case, **options):
        asked.append((case, options))
        return Outcome(case, "churn-mlp", "lost", "churn-mlp [version 3] gains too little.")

    monkeypatch.setattr(promotion, "promote", promote)
    output = invoke("promote", "churn", "--allow-dirty").output
    assert output == "churn: lost. churn-mlp [version 3] gains too little.\n"
    assert asked == [("churn", {"allow_dirty": True, "again": False})]


def test_rollback_says_who_is_champion_again(project, monkeypatch):
    monkeypatch.setattr(registered_champions, "rollback", lambda case: CHAMPION)
    expected = "churn-logistic (version 2) is champion of churn again.\n"
    assert invoke("rollback", "churn").output == expected


def test_the_page_of_a_case_names_its_new_champion(crowned, monkeypatch):
    """By promote as by rollback; a page that cannot be made undoes neither."""
    page = crowned / "leaderboards/churn/report.html"

    def change(case, **_):
        former = CHAMPION | {"pipeline": "churn-mlp", "version": 1, "commit": "", "key": ""}
        write_json(crowned / ".caselab/champions/churn.json", former)
        return former

    def promote(params, case, **options):
        change(case)
        return Outcome(case, "churn-mlp", "promoted", "It is better.")

    monkeypatch.setattr(registered_champions, "rollback", change)
    monkeypatch.setattr(promotion, "promote", promote)
    output = invoke("rollback", "churn").output
    assert "again.\nThe page of churn could not be made" in output  # it has no pictures
    Image.new("RGB", (20, 10)).save(crowned / "leaderboards/churn/leaderboard.png")
    (crowned / "leaderboards/churn/plots").mkdir()
    for overlay in ("roc", "cost"):
        Image.new("RGB", (20, 10)).save(crowned / f"leaderboards/churn/plots/{overlay}.png")
    for command in ("rollback", "promote"):
        page.unlink(missing_ok=True)
        assert "could not" not in invoke(command, "churn").output
        assert "<strong>churn-mlp</strong>, version 1" in page.read_text()


@pytest.mark.parametrize("differing", [{}, {"model.skops": ("0f0f", "1a1a")}])
def test_rebuild_says_whether_the_bytes_are_equal(project, monkeypatch, differing):
    asked = []

    def again(*arguments):
        asked.append(arguments)
        version = Version("churn", 3, "churn-svm", "svm", "key", "run", (), {})
        packages = {"scipy": ("1.15", None)}
        return Rebuilt(version, Path("elsewhere"), differing, packages)

    monkeypatch.setattr(rebuild, "rebuild", again)
    result = CliRunner().invoke(application(), ["rebuild", "churn", "3", "--into", "elsewhere"])
    assert asked == [("churn", "3", project / "elsewhere")]
    assert result.exit_code == (1 if differing else 0)
    assert ("every byte is equal" in result.output) == (not differing)
    assert ("1a1a" in result.output) == bool(differing)
    assert "scipy" in result.output


@pytest.mark.parametrize(
    "command", [["promote"], ["rollback"], ["rebuild"], ["predict", "records.csv"]]
)
def test_an_unknown_case_names_the_nearest(project, command):
    verb, *rest = command
    assert "There is no case 'chrun'; the nearest: churn" in error_of(verb, "chrun", *rest)


@pytest.fixture
def answering(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with records; the champion answers with the tenure of each, and is wary of many."""

    def predict(
        case: str, records: pd.DataFrame, where: str, *, strict: bool, options: dict[str, Any]
    ) -> pd.DataFrame:
        if options:
            return pd.DataFrame({"tenure": records["tenure"], "notes": "", **options})
        if "tenure" not in records:
            raise UserError(f"In {where} there is no column 'tenure'.")
        if strict and (records["tenure"] > 100).any():
            raise UserError(f"In {where} column 'tenure' has rows outside 0 to 100.")
        tenure = records["tenure"]
        notes = ["no answer: long" if n > 1000 else "outside" if n > 100 else "" for n in tenure]
        answers = {"customer_id": records["customer_id"], "Yes": tenure / 10, "notes": notes}
        return pd.DataFrame(answers)

    monkeypatch.setattr(prediction, "predict", predict)
    folder = project / "notebooks"
    folder.mkdir()
    (folder / "new.csv").write_text("customer_id;tenure\na;1\nb;2\n", encoding="utf-8-sig")
    monkeypatch.chdir(folder)  # a file's path counts from where the command is called
    return folder


def test_predict_names_the_file_that_breaks_the_contract(answering):
    (answering / "new.csv").write_text("customer_id,tenur\na,1\n")
    assert "In new.csv there is no column" in error_of("predict", "churn", "new.csv")


def test_predict_prints_answers_as_csv(answering):
    printed = pd.read_csv(StringIO(invoke("predict", "churn", "new.csv").output))
    assert printed["Yes"].tolist() == [0.1, 0.2]
    assert printed["customer_id"].tolist() == ["a", "b"]


def test_words_that_look_like_numbers_are_asked_as_they_are_written(answering):
    (answering / "new.csv").write_text("customer_id,tenure\n1.10,1\n2.0,2\n")
    printed = invoke("predict", "churn", "new.csv").output
    assert printed.splitlines()[1:] == ["1.10,0.1,", "2.0,0.2,"]


def test_odd_rows_are_counted_in_one_sentence_beside_the_answers(answering):
    (answering / "new.csv").write_text("customer_id,tenure\na,1\nb,200\nc,5000\nd,300\n")
    done = invoke("predict", "churn", "new.csv")
    assert done.stderr == (
        "caselab: Of 4 rows in new.csv 2 are answered although something in them is odd and 1 is left "
        "without an answer; the column notes says why, and --strict refuses such a file.\n"
    )
    assert pd.read_csv(StringIO(done.stdout))["notes"].fillna("").tolist() == [
        "",
        "outside",
        "no answer: long",
        "outside",
    ]
    assert "In new.csv column 'tenure'" in error_of(
        "predict", "churn", str(answering / "new.csv"), "--strict"
    )


def test_a_file_in_order_is_answered_without_a_word(answering):
    assert invoke("predict", "churn", "new.csv", "--strict").stderr == ""


@pytest.mark.parametrize(("name", "read"), [("o.csv", pd.read_csv), ("o.parquet", pd.read_parquet)])
def test_predict_writes_a_file_where_asked(answering, name, read):
    output = invoke("predict", "churn", "new.csv", "--output", name).output
    assert output.startswith("2 answers are in ")
    assert read(answering / name)["Yes"].tolist() == [0.1, 0.2]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nope.csv"], "There is no file "),
        (["."], " is a folder; name a file "),
        (["new.csv", "-o", "out.txt"], "must end in .csv or .parquet."),
        (["empty.csv"], "empty.csv"),
    ],
)
def test_predict_refuses_what_it_cannot_read_or_write(answering, arguments, expected):
    (answering / "empty.csv").write_text("")
    assert expected in error_of("predict", "churn", *arguments)


def test_options_are_read_as_yaml_reads_them(answering):
    told = ["--set", "width=8", "--set", "method=beam"]
    printed = pd.read_csv(StringIO(invoke("predict", "churn", "new.csv", *told).output))
    assert printed[["width", "method"]].to_numpy().tolist() == [[8, "beam"]] * 2
    wrong = ["predict", "churn", str(answering / "new.csv"), "--set", "beam"]
    assert "no option; write it as name=value" in error_of(*wrong)
