"""Every case runs whole on a small part of its real data, with all that it may be learned by.

Of pipelines that differ by no more than their case, and answer the same kind of question from the
same kind of view by the same architecture, one runs. Of each case one runs once more in another clone,
to the same bytes; that every architecture leaves the same bytes in another process is shown by
test_stored_models.py.

A new case needs an extract of its source (tests/extracts). Networks learn for two epochs and forests
are of ten trees: what is shown here is that everything works and repeats, not how well it does.
"""

import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
import yaml

from caselab import cases, sources
from caselab.errors import UserError
from caselab.params.signatures import PACKAGE, module
from tests import cells, environments
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


def elpv() -> pd.DataFrame:
    """Cells drawn in the form of the real ones, which have a licence of their own."""
    with tempfile.TemporaryDirectory() as folder:
        return (
            sources.load("src/caselab/sources/elpv.py")
            .mirrors[0]
            .read(cells.write(Path(folder) / "elpv.whl"))
        )


EXTRACTS: dict[str, Callable[[], pd.DataFrame]] = {
    "telco": telco,
    "movielens": movielens,
    "elpv": elpv,
    **{name: lambda name=name: reading.read(name) for name in reading.FILES},
}


def telling(pipelines: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Leave out the pipelines that show nothing which another of them does not show."""
    kept, shown = {}, set()
    for name, block in pipelines.items():
        view, architecture = PARAMS["views"][block["view"]]["view"], block["architecture"]
        shows = {
            (cases.load(block["case"]).problem, view, architecture),
            (block["view"],),
            (block["case"], "training" in block),
            (block["case"], architecture == "baseline"),
        }
        if not shows <= shown:
            kept[name] = block
            shown |= shows
    return kept


PIPELINES = telling(PARAMS["pipelines"])


@dataclass(frozen=True)
class Walked:
    """What two clones recorded, each from nothing: of all cases, and of some of the pipelines."""

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
    pipelines = {name: small(block) for name, block in PIPELINES.items()}
    asked = {name: with_two_folds(block) for name, block in PARAMS["cases"].items()}
    for case in ("segments", "images_codes"):
        asked[case]["evaluation"] = {"maps": ["pca"]}  # UMAP compiles for 15 seconds a pipeline
    asked["language"]["split"] = {"kind": "time", "test": 0.3}  # the last speech of the extract
    first = clone(folder / "first", sources=origins, cases=asked, pipelines=pipelines)
    shutil.copytree(folder / "extracts", first.root / "extracts")
    first.commit()
    subprocess.run(["git", "clone", "-q", first.root, folder / "second"], check=True)
    second = Clone(folder / "second")
    ended = first.run("caselab", "run", code=None, seconds=1800)
    again = one_of_each_case(first.params["pipelines"])
    second.run("caselab", "run", *again, code=None, seconds=1800, CASELAB_TRACKING="off")
    locked = first.locked, second.locked
    return Walked(first, locked, again, ended.stdout + ended.stderr, missing)


FEW: dict[str, Any] = {
    "embedding_dim": 16,
    "n_estimators": 10,
    "sizes": [2],
    "width": 0.125,
    "vocabulary": 300,
    "stride": 48,
    "seasons": [48],
}
"""By the name of an argument, whoever takes it; vectors of others have sizes of their own."""


def small(block: dict[str, Any]) -> dict[str, Any]:
    """Return a pipeline's block with settings that are quick to fit."""
    signature = module(PACKAGE / "architectures" / f"{block['architecture']}.py").signature(
        cases.load(block["case"]).problem
    )
    quick = copy.deepcopy(block)
    if "phases" in (training := quick.get("training", {})):
        quick["training"]["phases"] = [phase | {"epochs": 1} for phase in training["phases"]]
    elif "training" in signature.arguments:
        quick["training"] = training | {"max_epochs": 2}
    given = quick.get("model", {})
    fixed = {"embedding_dim"} if "embeddings" in given else set()
    sizes = {name: few for name, few in FEW.items() if name in signature.arguments.keys() - fixed}
    if sizes:
        quick["model"] = given | sizes
    return quick


def one_of_each_case(pipelines: dict[str, dict[str, Any]]) -> list[str]:
    """Return of each case the last of its networks, or where it has none of its pipelines."""
    by_kind = sorted(pipelines, key=lambda name: "training" in pipelines[name])
    return [*{pipelines[name]["case"]: name for name in by_kind}.values()]


def with_two_folds(block: dict[str, Any]) -> dict[str, Any]:
    return block | {"validation": block["validation"] | {"folds": 2}}


def test_every_source_has_an_extract():
    assert set(PARAMS["sources"]) <= set(EXTRACTS)


@pytest.mark.parametrize("case", PARAMS["cases"])
def test_every_stage_ran(walked, case):
    skip_where_missing(walked, case)
    pipelines = [name for name, block in PIPELINES.items() if block["case"] == case]
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
    pipelines = {name for name, block in PIPELINES.items() if block["case"] == case}
    assert {row["pipeline"] for row in rows} == pipelines


ANSWER = """
import importlib.util, sys, mlflow, pandas as pd
answers = mlflow.pyfunc.load_model(sys.argv[1]).predict(pd.read_parquet(sys.argv[2]))
answers.to_parquet(sys.argv[3])
print([name for name in ("caselab", "dvc", "prefect") if importlib.util.find_spec(name)])
"""


@pytest.mark.parametrize("kind", sorted({cases.load(name).problem for name in PARAMS["cases"]}))
def test_a_registered_model_answers_where_only_what_it_pins_is_installed(walked, kind, tmp_path):
    """One of each kind, by plain MLflow. That a registry has the pinned versions is not shown."""
    of_kind = [name for name in PARAMS["cases"] if cases.load(name).problem == kind]
    case = next((name for name in of_kind if not missing(walked, name)), None)
    if case is None:
        skip_where_missing(walked, of_kind[0])
    model = registered(walked.first, case)
    asked = (model / "requirements.txt").read_text().splitlines()
    pins = (model / "constraints.txt").read_text().split()
    assert set(asked) - {"-c constraints.txt"} <= set(pins)
    python = environments.with_only(pins, tmp_path / "environment")
    records = walked.first.root / "data/raw" / PARAMS["cases"][case]["source"] / "records.parquet"
    table = pd.read_parquet(records)
    asked_of = table.head(1400) if cases.load(case).past else table.tail(20)
    asked_of.to_parquet(tmp_path / "records.parquet")
    shutil.copytree(model, tmp_path / "model")
    names = ["model", "records.parquet", "answers.parquet"]
    done = subprocess.run(
        [python, "-I", "-B", "-c", ANSWER, *names], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
    assert pd.read_parquet(tmp_path / "answers.parquet").notna().any(axis=None)
    assert environments.required(pins) <= {pin.partition("==")[0] for pin in pins}


TOGETHER = """
import sys, caselab.cases, mlflow, pandas as pd
given = [each.split("=") for each in sys.argv[1:]]
models = [mlflow.pyfunc.load_model(model) for model, _, _ in given]
for model, (_, records, answers) in reversed([*zip(models, given)]):
    model.predict(pd.read_parquet(records)).to_parquet(answers)
"""


def test_models_of_several_cases_answer_in_one_process_as_each_does_alone(walked, tmp_path):
    """In any order, with another copy of caselab imported before them."""
    told = {}
    given = []
    for case in [name for name in PARAMS["cases"] if not missing(walked, name)][:2]:
        source = walked.first.root / "data/raw" / PARAMS["cases"][case]["source"]
        pd.read_parquet(source / "records.parquet").head(20).to_parquet(
            tmp_path / f"{case}.parquet"
        )
        given.append((registered(walked.first, case), tmp_path / f"{case}.parquet", case))
    alone = [[each] for each in given]
    for name, group in enumerate([*alone, given, given[::-1]]):
        (tmp_path / str(name)).mkdir()
        named = [
            f"{model}={records}={tmp_path / str(name) / case}" for model, records, case in group
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        subprocess.run([sys.executable, "-c", TOGETHER, *named], check=True, env=environment)
        for _, _, case in group:
            told.setdefault(case, []).append(pd.read_parquet(tmp_path / str(name) / case))
    for first, *others in told.values():
        assert len(others) == 2
        for other in others:
            pd.testing.assert_frame_equal(other, first, check_exact=True)


def registered(made: Clone, case: str) -> Path:
    """The folder of the newest version of a case."""
    client = mlflow.MlflowClient(f"sqlite:///{made.root / 'mlflow.db'}")
    numbers = [int(each.version) for each in client.search_model_versions(f"name = '{case}'")]
    place = client.get_model_version_download_uri(case, str(max(numbers)))
    return Path(place.removeprefix("file://"))


def missing(walked: Walked, case: str) -> str | None:
    """Why the source of a case cannot be had here."""
    return walked.missing.get(PARAMS["cases"][case]["source"])


def skip_where_missing(walked: Walked, case: str) -> None:
    if reason := missing(walked, case):
        pytest.skip(reason)
