"""Every case runs whole, with all its pipelines, on a small part of its real data.

Of each case two pipelines run once more in another clone, to the same bytes; that every architecture
leaves the same bytes in another process is shown by test_stored_models.py.

A new case needs an extract of its source (tests/extracts). Networks learn for two epochs and forests
are of ten trees: what is shown here is that everything works and repeats, not how well it does.
"""

import copy
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
import yaml

from caselab import cases, sources
from caselab.errors import UserError
from caselab.params.signatures import PACKAGE, module
from tests.end_to_end.conftest import ROOT, ROWS, Clone, clone
from tests.extracts import reading

PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())


def telco() -> pd.DataFrame:
    return pd.read_parquet(ROOT / "src/caselab/sources/telco.parquet").head(ROWS)


def movielens() -> pd.DataFrame:
    """Real ratings of 150 users for 250 films; not to be passed on, so they are fetched."""
    records = sources.records(sources.load("src/caselab/sources/movielens.py"))
    films = records["item"].value_counts().index[:250]
    users = records["user"].drop_duplicates().sample(150, random_state=0)
    kept = records["item"].isin(films) & records["user"].isin(users)
    return records[kept].reset_index(drop=True)


EXTRACTS: dict[str, Callable[[], pd.DataFrame]] = {
    "telco": telco,
    "movielens": movielens,
    **{name: lambda name=name: reading.read(name) for name in reading.FILES},
}


@dataclass(frozen=True)
class Walked:
    """What two clones recorded, each from nothing: all pipelines of all cases, and some of them."""

    first: Clone
    locked: tuple[dict[str, Any], dict[str, Any]]
    again: list[str]
    printed: str
    missing: dict[str, str]  # sources that cannot be had here, and why


@pytest.fixture(scope="module")
def walked(tmp_path_factory) -> Walked:
    folder = tmp_path_factory.mktemp("cases")
    missing, origins = {}, {}
    (folder / "extracts").mkdir()
    for name in PARAMS["sources"]:
        try:
            records = EXTRACTS[name]()
        except (KeyError, UserError) as error:
            missing[name] = str(error)
            continue
        origins[name] = {"origin": f"extracts/{name}.parquet"}
        records.to_parquet(folder / "extracts" / f"{name}.parquet", index=False)
    pipelines = {name: small(block) for name, block in PARAMS["pipelines"].items()}
    asked = {name: with_two_folds(block) for name, block in PARAMS["cases"].items()}
    asked["segments"]["evaluation"] = {"maps": ["pca"]}  # UMAP compiles for 15 seconds a pipeline
    first = clone(folder / "first", sources=origins, cases=asked, pipelines=pipelines)
    shutil.copytree(folder / "extracts", first.root / "extracts")
    first.commit()
    subprocess.run(["git", "clone", "-q", first.root, folder / "second"], check=True)
    second = Clone(folder / "second")
    ended = first.run("caselab", "run", code=None, seconds=1800)
    again = a_network_and_another(first.params["pipelines"])
    second.run("caselab", "run", *again, code=None, seconds=1800, CASELAB_TRACKING="off")
    locked = first.locked, second.locked
    return Walked(first, locked, again, ended.stdout + ended.stderr, missing)


def small(block: dict[str, Any]) -> dict[str, Any]:
    """Return a pipeline's block with settings that are quick to fit."""
    signature = module(PACKAGE / "architectures" / f"{block['architecture']}.py").signature(
        cases.load(block["case"]).problem
    )
    quick = copy.deepcopy(block)
    if "training" in signature.arguments:
        quick["training"] = quick.get("training", {}) | {"max_epochs": 2}
    if "n_estimators" in signature.arguments:
        quick["model"] = quick.get("model", {}) | {"n_estimators": 10}
    return quick


def a_network_and_another(pipelines: dict[str, dict[str, Any]]) -> list[str]:
    """Return of each case the last of its networks, if it has any, and of its other pipelines."""
    last = {(block["case"], "training" in block): name for name, block in pipelines.items()}
    return list(last.values())


def with_two_folds(block: dict[str, Any]) -> dict[str, Any]:
    return block | {"validation": block["validation"] | {"folds": 2}}


def test_every_source_has_an_extract():
    assert set(PARAMS["sources"]) <= set(EXTRACTS)


@pytest.mark.parametrize("case", PARAMS["cases"])
def test_every_stage_ran(walked, case):
    skip_where_missing(walked, case)
    pipelines = [name for name, block in PARAMS["pipelines"].items() if block["case"] == case]
    views = [name for name, block in PARAMS["views"].items() if block["case"] == case]
    stages = [
        f"fetch@{PARAMS['cases'][case]['source']}",
        f"prepare@{case}",
        *(f"featurize@{view}" for view in views),
        *(f"{verb}@{name}" for verb in ("train", "evaluate") for name in pipelines),
        f"compare@{case}",
    ]
    first, _ = walked.locked
    assert [stage for stage in stages if stage not in first] == [], walked.printed[-8000:]


@pytest.mark.parametrize("case", PARAMS["cases"])
def test_what_ran_again_left_the_same_bytes(walked, case):
    skip_where_missing(walked, case)
    first, second = walked.locked
    pipelines = [name for name in walked.again if PARAMS["pipelines"][name]["case"] == case]
    stages = [f"prepare@{case}"]
    stages += [f"{verb}@{name}" for verb in ("train", "evaluate") for name in pipelines]
    assert pipelines
    assert {stage: second.get(stage) for stage in stages} == {s: first[s] for s in stages}


@pytest.mark.parametrize("case", PARAMS["cases"])
def test_the_leaderboard_has_every_pipeline_with_its_interval(walked, case):
    skip_where_missing(walked, case)
    path = walked.first.root / "leaderboards" / case / "leaderboard.json"
    rows = json.loads(path.read_text())["rows"]
    pipelines = {name for name, block in PARAMS["pipelines"].items() if block["case"] == case}
    assert {row["pipeline"] for row in rows} == pipelines


def skip_where_missing(walked: Walked, case: str) -> None:
    if reason := walked.missing.get(PARAMS["cases"][case]["source"]):
        pytest.skip(reason)
