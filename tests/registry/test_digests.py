"""Files of registered versions: what is not as it was registered is refused."""

import shutil
import subprocess
from pathlib import Path

import pytest

from caselab.errors import UserError
from caselab.registry import digests, versions
from caselab.registry.versions import Version
from caselab.tracking import run_writer, store


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "code").mkdir(parents=True)
    (folder / "code/a.py").write_text("a = 1\n")
    (folder / "weights").write_bytes(b"x" * 100)
    return folder


def replaced(folder: Path) -> None:
    (folder / "weights").write_bytes(b"y" * 100)


def missing(folder: Path) -> None:
    (folder / "weights").unlink()


def shadowing(folder: Path) -> None:
    (folder / "code/json.py").write_text("import os\n")


def compiled(folder: Path) -> None:
    (folder / "code/__pycache__").mkdir()
    (folder / "code/__pycache__/a.cpython-311.pyc").write_bytes(b"other code")


def list_too(folder: Path) -> None:
    (folder / "weights").write_bytes(b"y" * 100)
    digests.keep(folder)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (replaced, "weights"),
        (missing, "weights"),
        (shadowing, "code/json.py"),
        (compiled, r"code/__pycache__/a\.cpython-311\.pyc"),
        (list_too, r"sha256sums\.txt"),
    ],
)
def test_a_file_that_was_replaced_taken_or_added_is_named(model, change, named):
    sha256 = digests.keep(model)
    digests.require(model, sha256, "churn", 2)
    change(model)
    told = f"^Version 2 of churn is not what was registered and was not loaded: {named} in "
    with pytest.raises(UserError, match=told):
        digests.require(model, sha256, "churn", 2)


def test_what_mlflow_leaves_when_it_fetches_or_loads_is_nothing_new(model):
    sha256 = digests.keep(model)
    (model / "registered_model_meta").write_text("model_name: churn\n")
    (model / "__pycache__").mkdir()
    (model / "__pycache__/registered_model.cpython-311.pyc").write_bytes(b"")
    digests.require(model, sha256, "churn", 2)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="there is no sha256sum")
def test_whoever_uses_plain_mlflow_can_check_by_hand(model):
    digests.keep(model)
    command = ["sha256sum", "--check", "--quiet", digests.LIST]
    assert subprocess.run(command, cwd=model, check=False).returncode == 0
    replaced(model)
    assert subprocess.run(command, cwd=model, check=False).returncode == 1


def registered(model: Path, tags: dict[str, str]) -> Version:
    with store.client() as client:
        home = run_writer.experiment(client, "churn")
        run = client.create_run(home)
        logged = client.create_logged_model(home, "x", run.info.run_id)
        client.log_model_artifacts(logged.model_id, str(model))
        return versions.register(client, "churn", logged.model_id, run.info.run_id, tags)


def test_the_registry_keeps_the_digest_and_a_version_without_one_is_not_loaded(project, model):
    kept = registered(model, {digests.TAG: digests.keep(model)})
    folder = digests.checked(kept)
    assert (folder / "code/a.py").read_text() == "a = 1\n"
    replaced(folder)
    with pytest.raises(
        UserError, match=r"weights in .* differs; restore it from a copy, or delete"
    ):
        digests.checked(kept)
    with pytest.raises(UserError, match=r"^Version 2 of churn has no digest of its files"):
        digests.checked(registered(model, {}))
