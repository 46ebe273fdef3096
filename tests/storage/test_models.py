import os
import pickle
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

from caselab.errors import UserError
from caselab.storage import archives, models
from tests.storage.fit_and_save import classifiers, customers, fitted

PROGRAM = Path(__file__).with_name("fit_and_save.py")


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory):
    """Folders of models that two fresh processes left, whose hashes are salted differently."""
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    started = [
        subprocess.Popen(
            [sys.executable, PROGRAM, folder],
            env=os.environ | {"PYTHONHASHSEED": salt, "CUDA_VISIBLE_DEVICES": ""},
            stderr=subprocess.PIPE,
            text=True,
        )
        for folder, salt in zip(folders, ("1", "2"), strict=True)
    ]
    for process in started:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
    return folders


@pytest.fixture
def saved(tmp_path):
    """A small pipeline with a booster, and its folder."""
    pipeline = fitted("xgboost")
    models.save(pipeline, tmp_path / "model")
    return pipeline, tmp_path / "model"


@pytest.mark.parametrize("architecture", classifiers())
def test_two_processes_write_equal_bytes(two_processes, architecture):
    one, two = (
        {file.name: file.read_bytes() for file in (folder / architecture).iterdir()}
        for folder in two_processes
    )
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


@pytest.mark.parametrize("architecture", classifiers())
def test_another_process_loads_it_and_gives_the_same_answers(two_processes, architecture):
    folder = two_processes[0] / architecture
    X, _ = customers(slice(600, 700))
    found = models.load(folder).predict_proba(X)
    np.testing.assert_array_equal(found, np.load(folder / "answers.npy"))


def test_what_is_loaded_and_saved_again_has_the_same_bytes(two_processes, tmp_path):
    for name in classifiers():
        models.save(models.load(two_processes[0] / name), tmp_path / name)
        for file in (tmp_path / name).iterdir():
            assert file.read_bytes() == (two_processes[0] / name / file.name).read_bytes(), file


def test_a_booster_and_a_network_lie_beside_in_their_own_formats(two_processes):
    folder = two_processes[0]
    names = {
        architecture: {f.name for f in (folder / architecture).iterdir()}
        for architecture in ("xgboost", "mlp", "svm")
    }
    assert names["xgboost"] == {"model.skops", "steps.model.ubj", "answers.npy"}
    assert names["mlp"] == {"model.skops", "steps.model.safetensors", "answers.npy"}
    assert names["svm"] == {"model.skops", "answers.npy"}
    sizes = [
        (folder / "xgboost" / name).stat().st_size
        for name in names["xgboost"]
        if name != "answers.npy"
    ]
    assert models.size(folder / "xgboost") == sum(sizes)


def test_plain_skops_loads_it_when_told_to_trust_its_types(two_processes):
    file = two_processes[0] / "logistic" / "model.skops"
    plain = skops.io.load(file, trusted=skops.io.get_untrusted_types(file=file))
    X, _ = customers(slice(600, 700))
    expected = np.load(two_processes[0] / "logistic" / "answers.npy")
    np.testing.assert_array_equal(plain.predict_proba(X), expected)


def test_ordinal_categories_come_back(tmp_path):
    pipeline = fitted("decision_tree", encode="ordinal")
    models.save(pipeline, tmp_path)
    X, _ = customers(slice(600, 700))
    np.testing.assert_array_equal(models.load(tmp_path).predict(X), pipeline.predict(X))


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


def test_the_state_of_another_model_is_refused(saved, tmp_path):
    _, folder = saved
    other = fitted("xgboost").set_params(model__max_depth=2).fit(*customers(slice(600)))
    models.save(other, tmp_path / "other")
    (tmp_path / "other/steps.model.ubj").replace(folder / "steps.model.ubj")
    with pytest.raises(UserError, match="does not belong to this model"):
        models.load(folder)


def test_a_foreign_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.skops", "w") as archive:
        archive.writestr("schema.json", "[1, 2")
    with pytest.raises(UserError, match="damaged or no model"):
        models.load(tmp_path)


def test_a_full_disk_leaves_the_model_that_was_there(saved, monkeypatch):
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
    X, _ = customers(slice(5))
    assert pipeline.predict_proba(X).shape == (5, 2)  # it has its booster back
