import os
import pickle
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.datasets import fetch_openml
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from xgboost import XGBClassifier

from caselab import architectures
from caselab.errors import UserError
from caselab.params import PipelineBlock
from caselab.storage import archives, models
from tests import toys

SMALL = {
    "xgboost": {"model": {"n_estimators": 30}},
    "mlp": {"model": {"hidden": [8]}, "training": {"max_epochs": 2, "accelerator": "cpu"}},
}


def fitted(architecture, encode="one_hot", **model):
    """Return the architecture's pipeline, fitted to toy rows."""
    settings = SMALL.get(architecture, {})
    block = PipelineBlock(
        case="toy",
        view="toy",
        architecture=architecture,
        features={"encode": encode, "indicator": True},
        **settings | {"model": settings.get("model", {}) | model},
    )
    pipeline = architectures.build(block, "table", "classification", seed=5, threads=1)
    toy = toys.rows("classification", "table")
    return pipeline.fit(toy.X, toy.y)


@pytest.fixture(scope="module")
def asked():
    return toys.rows("classification", "table").asked


@pytest.fixture(scope="module")
def saved_once(tmp_path_factory):
    """Small pipelines, one with a booster and one with a network, and their folder."""
    folder, pipelines = tmp_path_factory.mktemp("models"), {}
    for name in ("xgboost", "mlp", "logistic"):
        pipelines[name] = fitted(name)
        models.save(pipelines[name], folder / name)
    return pipelines, folder


@pytest.fixture
def saved(saved_once, tmp_path):
    """A small pipeline with a booster, and a folder of its own that a test may spoil."""
    pipelines, folder = saved_once
    shutil.copytree(folder / "xgboost", tmp_path / "model")
    return pipelines["xgboost"], tmp_path / "model"


@pytest.mark.parametrize("name", ["xgboost", "mlp", "logistic"])
def test_what_is_loaded_and_saved_again_has_the_same_bytes(saved_once, name, tmp_path):
    folder = saved_once[1] / name
    models.save(models.load(folder), tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {file.name for file in folder.iterdir()}
    for file in tmp_path.iterdir():
        assert file.read_bytes() == (folder / file.name).read_bytes(), file


def test_a_booster_and_a_network_lie_beside_in_their_own_formats(saved_once):
    _, folder = saved_once
    names = {each.name: {file.name for file in each.iterdir()} for each in folder.iterdir()}
    assert names["xgboost"] == {"model.skops", "steps.model.ubj"}
    assert names["mlp"] == {"model.skops", "steps.model.safetensors"}
    assert names["logistic"] == {"model.skops"}
    sizes = [file.stat().st_size for file in (folder / "xgboost").iterdir()]
    assert models.size(folder / "xgboost") == sum(sizes)


def test_plain_skops_loads_it_when_told_to_trust_its_types(saved_once, asked):
    pipelines, folder = saved_once
    file = folder / "logistic" / "model.skops"
    plain = skops.io.load(file, trusted=skops.io.get_untrusted_types(file=file))
    expected = pipelines["logistic"].predict_proba(asked)
    np.testing.assert_array_equal(plain.predict_proba(asked), expected)


def test_ordinal_categories_come_back(tmp_path, asked):
    pipeline = fitted("decision_tree", encode="ordinal")
    models.save(pipeline, tmp_path)
    np.testing.assert_array_equal(models.load(tmp_path).predict(asked), pipeline.predict(asked))


def test_sets_are_written_in_order():
    one, two = (
        archives.dumps({"b", "a", "c"}, note=None),
        archives.dumps({"c", "a", "b"}, note=None),
    )
    assert one == two
    assert archives.loads(one) == {"a", "b", "c"}


def test_what_lies_between_an_arrays_fields_is_not_written():
    fields = np.dtype({"names": ["a", "b"], "formats": ["u1", "<f8"], "offsets": [0, 8]})
    ours, theirs = (np.frombuffer(bytearray([fill] * 64), fields) for fill in (0, 255))
    for array in (ours, theirs):
        array["a"], array["b"] = 7, 0.5
    assert ours.tobytes() != theirs.tobytes()
    assert archives.dumps(ours, note=None) == archives.dumps(theirs, note=None)
    np.testing.assert_array_equal(archives.loads(archives.dumps(theirs, note=None)), theirs)


def test_shared_arrays_stay_shared_and_are_written_once():
    array = np.arange(1000.0)
    archive = archives.dumps([array, {"again": array}], note=None)
    assert len(archive) < 12_000
    first, second = archives.loads(archive)
    assert first is second["again"]


class _Evil:
    def __reduce__(self):
        return os.system, ("touch evil",)


def unsafe():
    yield "posix.system", make_pipeline(FunctionTransformer(os.system))
    yield "fetch_openml", make_pipeline(FunctionTransformer(fetch_openml))
    yield "subprocess.Popen", make_pipeline(FunctionTransformer(subprocess.Popen))
    yield "caselab.storage.files", make_pipeline(FunctionTransformer(models.replacing))
    yield "xgboost.sklearn.XGBClassifier", make_pipeline(XGBClassifier())


@pytest.mark.parametrize(("name", "pipeline"), unsafe())
def test_types_that_are_not_trusted_are_refused(tmp_path, name, pipeline):
    (tmp_path / "model.skops").write_bytes(skops.io.dumps(pipeline))
    with pytest.raises(UserError, match=f"does not trust .*{name}"):
        models.load(tmp_path)


@pytest.mark.parametrize(("name", "pipeline"), unsafe())
def test_a_pipeline_that_could_not_be_loaded_is_not_saved(tmp_path, name, pipeline):
    with pytest.raises(archives.UntrustedError, match=name):
        models.save(pipeline, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_pickle_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.skops").write_bytes(pickle.dumps(_Evil()))
    with pytest.raises(UserError, match="damaged or no model"):
        models.load(tmp_path)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("file", ["model.skops", "steps.model.ubj"])
def test_a_truncated_file_is_named(saved, file, share):
    _, folder = saved
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: int(share * len(content))])
    with pytest.raises(UserError, match=f"{file} is damaged"):
        models.load(folder)


@pytest.mark.parametrize("file", ["model.skops", "steps.model.ubj"])
def test_a_missing_file_is_named(saved, file):
    _, folder = saved
    (folder / file).unlink()
    with pytest.raises(UserError, match=f"{file} is missing"):
        models.load(folder)
    with pytest.raises(UserError, match=f"{file} is missing"):
        models.size(folder)


LOADED = """
import sys
sys.modules[sys.argv[2]] = None  # as if it were not installed
from pathlib import Path
from caselab.storage import models
try:
    models.load(Path(sys.argv[1]))
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize(("name", "module"), [("xgboost", "xgboost"), ("mlp", "safetensors")])
def test_a_package_that_is_missing_is_named(saved_once, name, module):
    _, folder = saved_once
    command = [sys.executable, "-c", LOADED, str(folder / name), module]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"UserError {folder / name}/" in done.stdout
    assert re.search(rf"needs the module {module}\S*, which is not installed here", done.stdout)


def test_the_state_of_another_model_is_refused(saved, tmp_path):
    _, folder = saved
    models.save(fitted("xgboost", max_depth=1), tmp_path / "other")
    (tmp_path / "other/steps.model.ubj").replace(folder / "steps.model.ubj")
    with pytest.raises(UserError, match="does not belong to this model"):
        models.load(folder)


def test_a_foreign_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.skops", "w") as archive:
        archive.writestr("schema.json", "[1, 2")
    with pytest.raises(UserError, match="damaged or no model"):
        models.load(tmp_path)


def test_a_full_disk_leaves_the_model_that_was_there(saved, asked, monkeypatch):
    pipeline, folder = saved
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UserError, match="disk is full"):
        models.save(Pipeline([("model", LogisticRegression())]), folder)
    with pytest.raises(UserError, match="disk is full"):
        models.save(pipeline, folder)
    monkeypatch.undo()
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert len(pipeline.predict_proba(asked)) == len(asked)  # it has its booster back
