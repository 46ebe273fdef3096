import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.dag.toys import BODY, DVC_YAML, PARAMS


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    root = tmp_path_factory.mktemp("template")
    (root / "dvc.yaml").write_text(DVC_YAML)
    (root / "body.py").write_text(BODY)
    (root / "raw.txt").write_text("raw")
    (root / ".gitignore").write_text("ran.log\n.caselab\ndata\nmodels\nreports\nleaderboards\n")
    (root / "params.yaml").write_text(yaml.safe_dump(PARAMS))
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, cwd=root, check=True)
    return root


@pytest.fixture
def project(template, tmp_path, monkeypatch):
    root = tmp_path / "project"
    shutil.copytree(template, root)
    monkeypatch.chdir(root)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return root
