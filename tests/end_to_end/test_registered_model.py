"""From trained pipelines to a champion that answers anywhere, and back: on churn itself, small."""

import json
import pickletools
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import chdir
from importlib import metadata
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import yaml

from caselab import params as parameters
from caselab import stages
from caselab.dag import Dag
from caselab.errors import UserError
from caselab.params import Gate, Params
from caselab.project import dvc_lock, places
from caselab.promotion import promote
from caselab.promotion.scoring import TestRows
from caselab.registry import champions, packaging, prediction, rebuild, versions
from caselab.tracking import looks_at_test_rows, store

ROOT = Path(__file__).parents[2]
PIPELINES = {
    "churn-baseline": {"architecture": "baseline"},
    "churn-logistic": {"architecture": "logistic"},
    "churn-mlp": {
        "architecture": "mlp",
        "model": {"hidden": [8]},
        "training": {"max_epochs": 3},
    },
}
ANSWER = """
import sys, mlflow, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
model.predict(pd.read_parquet(sys.argv[2])).to_parquet(sys.argv[3])
print([name for name in sys.modules if name.startswith("caselab")])
"""

PROMOTE = """
import atexit, sys
heavy = {"mlflow", "sklearn", "torch", "pandas"}
atexit.register(lambda: print(heavy & {*sys.modules}))
from caselab.cli import main
sys.argv = ["caselab", "promote", "churn"]
main()
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project under git, its stages run and recorded, on 1,500 customers from a CSV file."""
    house = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "src", house / "src", ignore=shutil.ignore_patterns("*cache*", "*.egg*"))
    for name in (".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore", "dvc.yaml"):
        (house / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, house / name)
    raw = pd.read_parquet(ROOT / "src/caselab/sources/telco.parquet").head(1500)
    raw.to_csv(house / "customers.csv", index=False)
    block = {"case": "churn", "view": "churn-table"}
    settings = yaml.safe_load((ROOT / "params.yaml").read_text()) | {
        "sources": {"telco": {"origin": "customers.csv"}},
        "pipelines": {name: block | own for name, own in PIPELINES.items()},
        "blends": {"churn-blend": block | {"method": "stack"}},
    }
    settings["cases"] = {"churn": settings["cases"]["churn"]}
    settings["cases"]["churn"]["validation"]["folds"] = 2
    settings["views"] = {"churn-table": settings["views"]["churn-table"]}
    settings["schedules"] = {}
    (house / "params.yaml").write_text(yaml.safe_dump(settings))
    (house / "pyproject.toml").write_text("")
    with chdir(house), pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.delenv("CASELAB_TRACKING", raising=False)
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
            git(*command)
        dag = Dag()
        for address in dag.select():
            if dag.opened.start(address) == "written":  # what was foreseen of imports
                continue
            verb, _, name = address.partition("@")
            stages.run(verb, name, provenance=dag.opened.provenance(address))
            dag.opened.finish(address)
        dag.opened.flush()
        yield house


def git(*arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], check=True)


def candidate(pipeline: str) -> None:
    """Have the leaderboard choose a pipeline."""
    board = places.leaderboard("churn") / "leaderboard.json"
    board.write_text(json.dumps(json.loads(board.read_text()) | {"candidate": pipeline}))


def params_with(gate: Gate) -> Params:
    return parameters.load().model_copy(update={"gate": gate})


@pytest.fixture(scope="module")
def first(house: Path) -> promote.Outcome:
    """The first champion: the logistic regression."""
    candidate("churn-logistic")
    return promote.promote(parameters.load(), "churn", who="ada")


@pytest.fixture(scope="module")
def lost(first: promote.Outcome) -> promote.Outcome:
    """A challenger that does not gain enough: the network."""
    candidate("churn-mlp")
    Path("pyproject.toml").write_text("# not committed\n")
    gate = params_with(Gate(least_gain=0.5))
    with pytest.raises(UserError, match=r"pyproject\.toml differs from the commit"):
        promote.promote(gate, "churn")
    outcome = promote.promote(gate, "churn", allow_dirty=True)
    Path("pyproject.toml").write_text("")
    assert versions.version("churn", "champion").number == 1
    assert versions.version("churn", "challenger").number == 2
    return outcome


@pytest.fixture(scope="module")
def second(lost: promote.Outcome) -> promote.Outcome:
    """The same challenger before a gate that asks little: the second champion."""
    candidate("churn-mlp")
    return promote.promote(params_with(Gate(rule="not_worse", greatest_loss=1.0)), "churn")


def reported(pipeline: str) -> pd.DataFrame:
    return pd.read_parquet(places.report("churn", pipeline) / "rows/predictions.parquet")


def raw_test_records(pipeline: str) -> pd.DataFrame:
    raw = pd.read_parquet("data/raw/telco/records.parquet")
    return raw.set_index(raw["customer_id"].astype(str)).loc[reported(pipeline)["id"]]


def answers_of_plain_mlflow(model: Path, records: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Load a copy of a registered model outside the project, in a process without our paths."""
    shutil.copytree(model, folder / "model")
    records.to_parquet(folder / "records.parquet", index=False)
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", ANSWER, "model", "records.parquet", "answers.parquet"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[]"  # its code runs elsewhere
    return pd.read_parquet(folder / "answers.parquet")


def test_the_first_candidate_becomes_champion_by_beating_the_baseline(first):
    assert (first.what, first.version) == ("promoted", 1)
    assert "beats the baseline" in first.reason
    version = versions.version("churn", "champion")
    assert (version.number, version.pipeline) == (1, "churn-logistic")
    assert version.tags["caselab.who"] == "ada"
    assert len(version.tags["caselab.git_commit"]) == 40
    assert version.tags["dvc:data/features/churn-table"].endswith(".dir")
    assert version.tags["dvc:models/churn/churn-logistic"].endswith(".dir")


def test_its_score_is_the_one_that_evaluate_found(first):
    scores = json.loads((places.report("churn", "churn-logistic") / "metrics.json").read_text())
    champion = champions.champion("churn")
    assert champion["score"]["value"] == scores["test"]["roc_auc"]
    assert [champion["score"]["low"], champion["score"]["high"]] == scores["interval"]["roc_auc"]


def test_promoting_again_does_nothing_and_costs_no_import(first):
    candidate("churn-logistic")
    before = looks_at_test_rows.count("churn")
    done = subprocess.run(
        [sys.executable, "-c", PROMOTE], check=True, capture_output=True, text=True
    )
    assert "is champion of churn already" in done.stdout
    assert done.stdout.splitlines()[-1] == "set()"
    assert looks_at_test_rows.count("churn") == before


@pytest.mark.parametrize("pipeline", ["churn-logistic", "churn-mlp"])
def test_plain_mlflow_in_a_clean_process_gives_the_pipelines_own_predictions(
    second, tmp_path, pipeline
):
    (version,) = [v for v in versions.versions("churn") if v.pipeline == pipeline]
    records = raw_test_records(pipeline).drop(columns=["churn", "customer_id"])
    answers = answers_of_plain_mlflow(versions.folder(version), records, tmp_path)
    own = reported(pipeline)
    assert len(answers) > 200
    for name in ("No", "Yes"):
        np.testing.assert_array_equal(answers[name], own[f"answer_{name}"])
    assert list(answers["decision"]) == list(own["decided"])


def test_two_versions_in_one_process_give_their_own_pipelines_predictions(second):
    """In this one, where the project's caselab is imported."""
    folders = {v.pipeline: versions.folder(v) for v in versions.versions("churn")}
    loaded = {name: mlflow.pyfunc.load_model(str(folders[name])) for name in sorted(folders)}
    for pipeline in ("churn-logistic", "churn-mlp", "churn-logistic"):
        records = raw_test_records(pipeline).drop(columns=["churn", "customer_id"])
        answers = loaded[pipeline].predict(records)
        np.testing.assert_array_equal(answers["Yes"], reported(pipeline)["answer_Yes"])


@pytest.mark.parametrize("pipeline", ["churn-logistic", "churn-mlp"])
def test_a_registered_model_holds_no_pickle(second, pipeline):
    (version,) = [v for v in versions.versions("churn") if v.pipeline == pipeline]
    files = [file for file in versions.folder(version).rglob("*") if file.is_file()]
    contents = {str(file): file.read_bytes() for file in files}
    for file in files:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                contents |= {f"{file}/{name}": archive.read(name) for name in archive.namelist()}
    assert any(name.endswith("schema.json") for name in contents)
    assert [name for name, content in contents.items() if _is_pickle(content)] == []


def _is_pickle(content: bytes) -> bool:
    try:
        return [op.name for op, _, _ in pickletools.genops(content)][-1] == "STOP"
    except (ValueError, IndexError, UnicodeDecodeError):
        return False


def test_a_registered_model_says_what_it_takes_gives_and_needs(first):
    folder = versions.folder(versions.version("churn", 1))
    model = mlflow.models.Model.load(str(folder))
    inputs = {column.name: column for column in model.signature.inputs.inputs}
    assert "churn" not in inputs
    assert not inputs["customer_id"].required
    assert inputs["tenure"].required
    outputs = {column.name: column.required for column in model.signature.outputs.inputs}
    assert outputs == {
        "customer_id": False,
        "No": False,
        "Yes": False,
        "decision": False,
        "notes": True,
    }
    example = model.load_input_example(str(folder))
    assert len(example) == 3
    test_ids = reported("churn-logistic")["id"]
    assert not set(example["customer_id"].astype(str)) & set(test_ids)

    *lines, constraints = (folder / "requirements.txt").read_text().splitlines()
    assert constraints == "-c constraints.txt"
    assert set(lines) < set((folder / "constraints.txt").read_text().splitlines())
    pins = dict(line.split("==") for line in lines)
    assert {"mlflow", "scikit-learn", "skops", "pandas", "pandera"} <= set(pins)
    assert not {"torch", "pytorch-lightning", "prefect", "dvc"} & set(pins)
    assert all(metadata.version(name).startswith(wanted) for name, wanted in pins.items())
    lineage = {file.name for file in (folder / "artifacts/lineage").iterdir()}
    assert lineage == {"pipeline.json", "dvc.lock", "params.yaml", "examples.parquet"}


def test_the_champion_answers_raw_records_with_id_and_decision(first):
    records = raw_test_records("churn-logistic").head(5)
    answers = prediction.predict("churn", records.astype({"tenure": str}))
    own = reported(champions.champion("churn")["pipeline"]).head(5)
    assert list(answers.columns) == ["customer_id", "No", "Yes", "decision", "notes"]
    assert list(answers["customer_id"]) == list(records["customer_id"])
    # A network answers few rows with other kernels than many: equal but for rounding.
    np.testing.assert_allclose(answers["Yes"], own["answer_Yes"], rtol=1e-6)


def test_records_that_break_the_contract_are_refused_in_one_sentence(first):
    records = raw_test_records("churn-logistic").head(5)
    with pytest.raises(UserError, match="no column 'tenure'"):
        prediction.predict("churn", records.drop(columns="tenure"))


def test_plain_mlflow_takes_odd_rows_and_refuses_them_where_asked_to(first):
    model = mlflow.pyfunc.load_model(str(versions.folder(versions.version("churn", 1))))
    records = raw_test_records("churn-logistic").head(3)
    records["tenure"] = pd.Series(["1", "long", None], index=records.index)
    records["contract"] = records["contract"].astype("category")
    answers = model.predict(records)
    assert answers["notes"].tolist() == [
        "",
        "no answer: tenure 'long' is no number",
        "tenure has no value",
    ]
    assert answers["Yes"].notna().tolist() == [True, False, True]
    assert list(model.predict(records.head(0))) == list(answers)
    with pytest.raises(Exception, match="1 row that is no number: 'long'"):
        model.predict(records, params={"strict": True})


def test_who_gains_too_little_stays_challenger_and_is_not_scored_twice(lost):
    assert (lost.what, lost.version) == ("lost", 2)
    assert "does not lie above 0.5" in lost.reason
    with store.client() as client:
        run = client.get_run(versions.version("churn", 2).run_id)
    assert "caselab.gate" in run.data.tags
    assert run.outputs.model_outputs


def test_what_was_decided_is_told_in_order_and_every_look_is_counted(second):
    told = champions.events("churn")
    assert [(event.what, event.version, event.against) for event in told[:3]] == [
        ("promoted", 1, None),
        ("lost", 2, 1),
        ("promoted", 2, 1),
    ]
    what = [look.what for look in looks_at_test_rows.all_of("churn")]
    assert what.count("promote churn-mlp") == 2
    assert what.count("evaluate churn-mlp") == 1


def test_a_rollback_brings_the_former_champion_back_and_lasts(second):
    assert second.what == "promoted"
    champion = champions.rollback("churn", who="bob")
    assert (champion["version"], champion["who"]) == (1, "bob")
    assert champions.champion("churn")["version"] == 1
    candidate("churn-mlp")
    outcome = promote.promote(parameters.load(), "churn")
    assert outcome.what == "unchanged"
    assert "was rolled back by bob" in outcome.reason
    with pytest.raises(UserError, match="no champion before"):
        champions.rollback("churn")


def test_uncommitted_code_is_registered_only_on_demand_and_with_its_patch(lost):
    version = versions.version("churn", lost.version)
    assert version.tags["caselab.git_dirty"] == "true"
    patch = versions.folder(version) / "artifacts/lineage/uncommitted.patch"
    assert "+# not committed" in patch.read_text()


def test_code_that_changed_since_training_is_refused(first):
    candidate("churn-mlp")
    file = Path("src/caselab/architectures/mlp.py")
    before = file.read_text()
    file.write_text(before + "\n")
    try:
        with pytest.raises(UserError, match=r"out of date: src/caselab/architectures/mlp\.py"):
            promote.promote(parameters.load(), "churn", again=True)
    finally:
        file.write_text(before)


def test_a_version_is_made_again_byte_for_byte(second, tmp_path):
    for md5 in dvc_lock.file_hashes(places.model("churn", "churn-logistic")).values():
        Path(".dvc/cache/files/md5", md5[:2], md5[2:]).unlink()  # it cannot be restored
    made = rebuild.rebuild("churn", 1, tmp_path / "again")
    assert made.equal, made.differing
    assert made.packages == {}
    assert (made.folder / "models/churn/churn-logistic/model.skops").exists()
    with pytest.raises(UserError, match="exists already"):
        rebuild.rebuild("churn", 1, tmp_path / "again")


def test_code_or_weights_that_were_put_there_are_neither_run_nor_answered_with(second, tmp_path):
    if champions.champion("churn")["version"] != 1:
        champions.rollback("churn")
    folder, records = (
        versions.folder(versions.version("churn", 1)),
        raw_test_records("churn-logistic"),
    )
    (code,) = folder.rglob("caselab/problems/classification.py")
    weights = folder / "artifacts/churn-logistic/model.skops"
    other = versions.folder(versions.version("churn", 2)) / "artifacts/churn-mlp/model.skops"
    mark = tmp_path / "ran"
    for file, content in (
        (code, f"open({str(mark)!r}, 'w')\n".encode()),
        (weights, other.read_bytes()),
    ):
        before = file.read_bytes()
        file.write_bytes(content)
        told = f"not what was registered and was not loaded: {file.relative_to(folder)} in"
        with pytest.raises(UserError, match=told):
            prediction.predict("churn", records)
        with pytest.raises(UserError, match=told):
            rebuild.rebuild("churn", 1, tmp_path / "again")
        candidate("churn-mlp")
        with pytest.raises(UserError, match=told):  # the gate asks the champion
            promote.promote(parameters.load(), "churn", again=True)
        assert not mark.exists()
        file.write_bytes(before)
    assert len(prediction.predict("churn", records)) == len(records)


def test_a_version_that_is_not_what_was_registered_is_mended_as_it_says(second):
    """Deleted and promoted again."""
    if champions.champion("churn")["version"] != 1:
        champions.rollback("churn")
    with store.client() as client:
        client.delete_model_version("churn", "1")
    candidate("churn-logistic")
    assert promote.promote(parameters.load(), "churn", again=True).what == "promoted"
    version = versions.version("churn")
    assert (version.number, version.pipeline) == (3, "churn-logistic")
    assert len(prediction.predict("churn", raw_test_records("churn-logistic"))) > 200


def test_a_registered_blend_holds_its_members_and_answers_as_their_average(second, tmp_path):
    package = packaging.describe(parameters.load(), "churn-blend", {})
    packaging.save(package, TestRows(parameters.load(), "churn").examples(20), tmp_path / "packed")
    told = pd.read_csv(places.model("churn", "churn-blend") / "members.csv").set_index("member")
    weights = told["weight"]
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    records = raw_test_records("churn-blend").drop(columns=["churn", "customer_id"])
    (tmp_path / "elsewhere").mkdir()
    answers = answers_of_plain_mlflow(tmp_path / "packed", records, tmp_path / "elsewhere")
    own = reported("churn-blend")
    np.testing.assert_array_equal(answers["Yes"], own["answer_Yes"])
    assert list(answers["decision"]) == list(own["decided"])
    parts = [weight * reported(name)["answer_Yes"] for name, weight in weights.items()]
    np.testing.assert_allclose(answers["Yes"], sum(parts), rtol=1e-12)
