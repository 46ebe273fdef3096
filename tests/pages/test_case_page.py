"""A case's page: what stands on it, and that it asks nobody."""

import json
import re

import pytest
import yaml
from PIL import Image

from caselab import params
from caselab.errors import UserError
from caselab.pages import case_page
from caselab.project import places
from caselab.storage.files import write_json
from caselab.tracking import store
from tests.cli.conftest import finished, project  # noqa: F401  fixtures
from tests.cli.test_champions import CHAMPION

KINDS = ("outs", "metrics", "plots")
"""Keys of dvc.yaml under which a stage's outputs stand."""

MADE = {"commit": "c0ffee", "key": "k"}
"""What else is remembered of a champion."""


@pytest.fixture
def case(finished):  # noqa: F811
    for picture in (
        "leaderboards/churn/leaderboard",
        "leaderboards/churn/plots/roc",
        "leaderboards/churn/plots/cost",
        "reports/churn/churn-logistic/plots/confusion_matrix",
    ):
        file = finished / f"{picture}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 10)).save(file)
    report = {
        "rows": {"raw": 7043, "train": 5602, "test": 1441},
        "repairs": {"<b>never billed</b>: 0": 11},
        "columns dropped": [],
        "values converted": {},
        "class shares": {"whole": {"No": 0.735, "Yes": 0.265}, "fold 0": {"No": 0.7, "Yes": 0.3}},
    }
    write_json(finished / "data/prepared/churn/report.json", report)
    return finished


def page() -> str:
    return case_page.write(params.load(), "churn").read_text()


def words(html: str) -> str:
    return " ".join(
        re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*</style>", "", html, flags=re.S)).split()
    )


def test_it_asks_no_network_and_holds_its_pictures(case):
    html = page()
    addresses = re.findall(r"""(?:src|srcset|data|@import|url\()\s*=?\s*["'(]?([^"')\s>]+)""", html)
    loaded = re.findall(r'<(?:img|script|link|iframe)[^>]*?(?:src|href)="([^"]*)"', html)
    assert len(loaded) == 4
    assert all(address.startswith("data:image/png;base64,") for address in loaded)
    assert "<script" not in html
    assert not any(address.startswith(("http", "//")) for address in addresses)


def test_pictures_of_all_pipelines_come_in_the_leaderboards_order(case):
    assert re.findall(r'alt="([^"]+)"', page()) == [
        "leaderboard",
        "roc",
        "cost",
        "confusion matrix",
    ]


def test_the_leaderboard_has_scores_with_what_they_cost(case):
    shown = words(page())
    assert (
        "1 churn-logistic logistic 0.846 (0.836-0.856) 0.841 (0.826-0.866) 12.5 s 4.0 5.3 kB"
        in shown
    )
    assert "2 churn-mlp mlp 0.843 (0.833-0.853) 0.838 (0.823-0.863) 5.3 kB" in shown
    assert "Published roc_auc 0.842-0.850: projects ([bold])" in shown


def test_figures_that_others_only_report_are_called_so(case):
    file = case / "leaderboards/churn/leaderboard.json"
    board = json.loads(file.read_text())
    board["published"][0]["told"] = "reported"
    write_json(file, board)
    assert "Reported roc_auc 0.842-0.850" in words(page())


def test_links_are_there_only_where_somebody_serves_them(case, monkeypatch):
    monkeypatch.setattr(store, "is_served", lambda: False)
    assert "127.0.0.1" not in page()
    assert "Links work" not in page()
    monkeypatch.setattr(store, "is_served", lambda: True)
    assert re.search(r'<a href="http://127[^"]*/runs/r1[^"]*">churn-logistic</a>', page())
    assert "Links work on this machine while caselab ui is open" in words(page())
    # A server answers on other machines too.
    run = json.loads((case / ".caselab/runs/churn-logistic.json").read_text())
    server = "http://mlflow.example"
    write_json(case / ".caselab/runs/churn-logistic.json", run | {"store": server})
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    assert "mlflow.example" in page()
    assert "Links work" not in page()


def test_the_data_are_told_and_words_of_others_are_no_markup(case):
    html = page()
    assert "7,043" in html
    assert "Apache-2.0" in html
    assert "&lt;b&gt;never billed" in html
    assert "0.265" in html
    assert "fold 0" not in html


def test_champions_and_their_history_are_told(case):
    write_json(case / ".caselab/champions/churn.json", CHAMPION | MADE)
    shown = words(page())
    assert "churn-logistic , version 2, since 2026-11-22 02:40" in shown
    assert "2026-11-21 12:00 lost churn-mlp 1 ada the gain [-0.01, 0.02] is not above 0" in shown
    assert "c0ffee" in shown


def test_a_later_training_of_the_champion_is_told_from_it(case):
    def recorded(digest):
        out = {"path": "models/churn/churn-logistic", "md5": digest}
        stage = {"cmd": "t", "deps": [], "params": {}, "outs": [out]}
        write_json(case / "dvc.lock", {"schema": "2.0", "stages": {"train@churn-logistic": stage}})
        return words(page())

    write_json(case / ".caselab/champions/churn.json", CHAMPION | MADE | {"model": "1" * 32})
    newer = recorded("2" * 32)
    assert newer.count("churn-logistic here is newer than version 2, the champion.") == 2
    assert "5.3 kB candidate" in newer
    same = recorded("1" * 32)
    assert "newer than" not in same
    assert "5.3 kB champion" in same


def test_a_champion_that_somebody_else_crowned_is_told_without_a_reason(case):
    unheard = dict.fromkeys(("when", "who", "why")) | {"history": []}
    write_json(case / ".caselab/champions/churn.json", CHAMPION | MADE | unheard)
    assert "None" not in words(page()).partition("Leaderboard")[0]


def test_a_broad_picture_has_a_row_of_its_own(case):
    Image.new("RGB", (1600, 10)).save(case / "leaderboards/churn/plots/cost.png")
    figures = re.findall(r'<figure( class="broad")?><img[^>]*alt="([^"]+)"', page())
    assert [name for broad, name in figures if broad] == ["cost"]


def test_settings_that_were_chosen_stand_apart(case):
    chosen, _, added = words(page()).partition("What the code adds")
    assert "view.ratios True" in chosen
    assert "model.C 1.0" in added


def test_it_lies_where_dvc_does_not_hash_it(case):
    stages = yaml.safe_load((case / "dvc.yaml").read_text())["stages"].values()
    left = [stage.get("do", stage) for stage in stages]
    outs = [out for stage in left for kind in KINDS for out in stage.get(kind, [])]
    file = places.page("churn").as_posix()
    found = [out.replace("${key}", "churn") for out in outs]
    assert "leaderboards/churn/leaderboard.json" in found
    assert not [out for out in found if file == out or file.startswith(f"{out}/")]


def test_a_case_that_never_ran_says_how_to_run_it(project):  # noqa: F811
    with pytest.raises(UserError, match="run `caselab run churn`"):
        page()
    assert not places.page("churn").exists()


def test_an_unknown_case_names_the_nearest(project):  # noqa: F811
    with pytest.raises(UserError, match="nearest: churn"):
        case_page.write(params.load(), "chrun")
