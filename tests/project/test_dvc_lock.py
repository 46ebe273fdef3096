"""dvc.lock as data, held against DVC and against dag/."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from caselab.dag import Dag
from caselab.errors import UserError
from caselab.project import dvc_lock

DVC_YAML = """
stages:
  train:
    foreach: ${pipelines}
    do:
      cmd: mkdir -p out/${key}/deep && cp code/a.py out/${key}/a && cp code/a.py out/${key}/deep/b
      deps: [code]
      params: [seed, "pipelines.${key}"]
      outs: ["out/${key}"]
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code").mkdir()
    (tmp_path / "code/a.py").write_text("a = 1\n")
    for ignored in ("__pycache__/a.pyc", "b.pyc", ".part-c", ".part-d/e", "deep/.part-f"):
        (tmp_path / "code" / ignored).parent.mkdir(exist_ok=True)
        (tmp_path / "code" / ignored).write_bytes(b"x")
    (tmp_path / "dvc.yaml").write_text(DVC_YAML)
    (tmp_path / "params.yaml").write_text("seed: 7\npipelines: {p: {rate: 0.1, sizes: [1, 2]}}\n")
    shutil.copy(Path(__file__).parents[2] / ".dvcignore", tmp_path)
    for command in (["init", "-q", "--no-scm"], ["repro", "-q"]):
        subprocess.run([sys.executable, "-m", "dvc", *command], check=True)
    return tmp_path


def test_an_entry_has_the_key_inputs_and_hashes_that_dag_and_dvc_have(repository):
    entry = dvc_lock.stage("train@p")
    dag = Dag(repository)
    assert entry.key == dag.opened.key("train@p")
    assert entry.inputs == dag.opened.provenance("train@p").inputs
    assert dvc_lock.content_hash(Path("out/p")) == entry.outputs["out/p"]
    assert dvc_lock.content_hash(Path("code")) == entry.inputs["code"]


def test_what_differs_from_the_lock_is_named(repository):
    entry = dvc_lock.stage("train@p")
    assert dvc_lock.differing(entry.inputs | entry.outputs) == []
    Path("code/a.py").write_text("a = 2\n")
    Path("out/p/a").unlink()
    assert dvc_lock.differing(entry.inputs | entry.outputs) == ["code", "out/p"]
    assert dvc_lock.differing({"gone": "1"}) == ["gone"]


def test_parameters_that_changed_since_are_named(repository):
    assert dvc_lock.stage("train@p").differing_values() == []
    Path("params.yaml").write_text("seed: 8\npipelines: {p: {rate: 0.1, sizes: [1]}}\n")
    assert dvc_lock.stage("train@p").differing_values() == ["pipelines.p", "seed"]
    Path("params.yaml").write_text("seed: 7\n")
    assert dvc_lock.stage("train@p").differing_values() == ["pipelines.p"]


def test_an_unknown_stage_and_a_damaged_lock_are_one_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert dvc_lock.read() == {}
    with pytest.raises(UserError, match="caselab run p"):
        dvc_lock.stage("train@p")
    for content in ("stages: [", "stages: 3", "x", "\0"):
        Path("dvc.lock").write_text(content)
        with pytest.raises(UserError, match=r"cannot be read.*remove it"):
            dvc_lock.read()
