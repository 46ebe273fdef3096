"""What entering a stage does besides its body, with bodies that do nothing."""

import pytest

from caselab import params as parameters
from caselab import stages
from caselab.stages import Provenance, evaluate, train
from caselab.tracking import looks_at_test_rows
from tests.stages.toys import PARAMS


@pytest.fixture
def idle(tmp_path, monkeypatch):
    """Stages that do nothing, with tracking off."""
    (tmp_path / "params.yaml").write_text(PARAMS)
    (tmp_path / "customers.csv").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CASELAB_TRACKING", "off")
    for stage in (train, evaluate):
        monkeypatch.setattr(stage, "run", lambda params, name: None)


def test_evaluating_is_a_look_at_the_test_rows_and_training_is_none(idle):
    params = parameters.load()
    stages.run("train", "toy-logistic", params=params, provenance=Provenance("a", "a"))
    assert looks_at_test_rows.count("churn") == 0
    for key in ("b", "b", "c"):  # of the same: once more; with other costs, say
        stages.run("evaluate", "toy-logistic", params=params, provenance=Provenance(key, "a"))
    looks = [(look.what, look.key) for look in looks_at_test_rows.all_of("churn")]
    assert looks == [("evaluate toy-logistic", "b"), ("evaluate toy-logistic", "c")]


def test_without_provenance_nothing_is_tracked(idle):
    stages.run("evaluate", "toy-logistic", params=parameters.load())
    assert looks_at_test_rows.count("churn") == 0
