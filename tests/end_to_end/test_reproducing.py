"""The flow and `dvc repro` leave the same bytes, and agree on what there is to do."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow

from caselab.imports.lists import read
from tests.end_to_end.conftest import CHURN, Clone, clone


def test_dvc_repro_elsewhere_leaves_what_the_flow_left(walked, tmp_path):
    """From nothing, one stage after another, each in a fresh Python, with tracking off."""
    subprocess.run(["git", "clone", "-q", walked.root, tmp_path / "other"], check=True)
    other = Clone(tmp_path / "other")
    other.run("dvc", "repro", CASELAB_TRACKING="off", seconds=400)
    assert other.locked == walked.locked
    assert not (other.root / "mlflow.db").exists()
    assert "up to date" in other.run("caselab", "run").stdout


def test_nothing_is_left_to_do(walked):
    assert "Running stage" not in walked.run("dvc", "repro").stdout
    assert "up to date" in walked.run("caselab", "run").stdout
    assert json.loads(walked.run("caselab", "status", "--json").stdout)["stale"] == {}


def test_every_pipeline_is_one_run_that_holds_its_scores_and_plots(walked):
    client = mlflow.MlflowClient(f"sqlite:///{walked.root / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("churn")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert set(runs) == {*walked.params["pipelines"], *walked.params["blends"]}
    report = json.loads((walked.root / "reports/churn/churn-mlp/metrics.json").read_text())
    run = runs["churn-mlp"]
    assert run.info.status == "FINISHED"
    assert any(abs(v - report["test"]["roc_auc"]) < 1e-9 for v in run.data.metrics.values())
    assert run.inputs.dataset_inputs
    assert {"caselab.key", "caselab.seed", "mlflow.runColor"} <= set(run.data.tags)
    assert "roc.png" in {file.path for file in client.list_artifacts(run.info.run_id)}
    page = (walked.root / "leaderboards/churn/report.html").read_text()
    assert all(name in page for name in runs)
    with_page = [
        name
        for name, each in runs.items()
        if "report.html" in {file.path for file in client.list_artifacts(each.info.run_id)}
    ]
    assert len(with_page) == 1
    assert f"<strong>{with_page[0]}</strong>" in page  # champion or candidate


def test_one_parameter_makes_its_own_stages_stale(walked, tmp_path):
    shutil.copytree(walked.root, tmp_path / "copy", symlinks=True)
    copy = Clone(tmp_path / "copy")
    params = copy.params
    params["pipelines"]["churn-mlp"]["training"]["max_epochs"] = 5
    copy.write_params(params)
    stale = json.loads(copy.run("caselab", "status", "--json").stdout)["stale"]
    own = {"train@churn-mlp", "evaluate@churn-mlp", "blend@churn-blend", "compare@churn"}
    assert set(stale) == own | {"imports"}  # which code a pipeline comes from, its words say
    assert "max_epochs: 4 → 5" in json.dumps(stale, ensure_ascii=False)


LOADED = """
import sys
from pathlib import Path
from caselab import stages

stages.run(sys.argv[1], sys.argv[2])
loaded = dict(sys.modules)
from caselab.imports.lists import EXEMPT
for name, module in sorted(loaded.items()):
    if name.startswith("caselab.") and not f"{name}.".startswith(tuple(f"{e}." for e in EXEMPT)):
        print(Path(module.__file__).relative_to(Path.cwd()).as_posix())
"""


def test_what_a_stage_loads_while_it_runs_is_in_its_lists(walked, tmp_path):
    """Of what is loaded by a name, no walk over imports could tell."""
    shutil.copytree(walked.root, tmp_path / "copy", symlinks=True)
    copy = Clone(tmp_path / "copy")
    for verb, name in (
        ("fetch", "telco"),
        ("prepare", "churn"),
        ("featurize", "churn-table"),
        ("train", "churn-baseline"),
        ("train", "churn-mlp"),
        ("evaluate", "churn-mlp"),
        ("blend", "churn-blend"),
        ("compare", "churn"),
    ):
        said = copy.run(sys.executable, "-c", LOADED, verb, name, CASELAB_TRACKING="off").stdout
        loaded = {line for line in said.splitlines() if line.startswith("src/caselab/")}
        listed: set[str] = set()
        for dep in copy.locked[f"{verb}@{name}"]["deps"]:
            if dep["path"].startswith("data/imports/"):
                listed |= read((copy.root / dep["path"]).read_text()).keys()
        assert f"src/caselab/stages/{verb}.py" in loaded
        assert loaded <= listed


def test_a_killed_training_goes_on_to_the_same_end(walked, tmp_path):
    """kill -9 in the middle of the network's training, then the same command again."""
    copy = clone(tmp_path / "killed", blends={"churn-blend": CHURN})
    command = subprocess.Popen(
        ["caselab", "run", "churn-mlp"],
        cwd=copy.root,
        env=copy.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    checkpoints = copy.root / ".caselab/checkpoints"
    deadline = time.monotonic() + 120
    while not any(path.is_file() for path in checkpoints.rglob("*")):
        assert time.monotonic() < deadline
        assert command.poll() is None
        time.sleep(0.02)
    _kill_all(copy.root)
    command.wait()
    assert not (copy.root / "models/churn/churn-mlp").exists()
    shutil.copytree(
        walked.root / "reports/churn/churn-mlp", copy.root / "reports/churn/of-a-branch"
    )

    said = copy.run("caselab", "run", "churn-mlp").stdout
    assert "Moved reports/churn/of-a-branch to .caselab/strays/" in said
    copy.run("caselab", "run", "--no-promote")
    assert copy.locked == walked.locked
    unfinished = [path for path in copy.root.rglob(".part-*") if ".venv" not in path.parts]
    assert unfinished == []
    client = mlflow.MlflowClient(f"sqlite:///{copy.root / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("churn")
    runs = client.search_runs([experiment.experiment_id])
    assert [run.info.run_name for run in runs].count("churn-mlp") == 1


def _kill_all(root: Path) -> None:
    """Kill every process that works in the clone, at once and without a word."""
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").readlink() == root:
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            continue  # it has ended by itself, or is not ours
