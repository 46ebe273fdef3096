"""The command that searches settings: its limits, its sentences."""

from pathlib import Path

import pytest

from caselab.errors import UserError
from caselab.evaluation.comparison import Gain
from caselab.evaluation.metrics import Metric
from caselab.params.running import Slots, StageNeeds
from caselab.tuning.results import Outcome, Wish
from caselab.tuning.search import Budget
from caselab.tuning.study import Tried
from flows import slots, tuning


def outcome(**changes):
    told = {
        "wish": Wish("churn-svm", "tpe", Budget(trials=3)),
        "metric": Metric("roc_auc", "ROC-AUC", True, lambda y: 0.0),
        "present": Tried(None, "complete", {}, [0.84, 0.86], 1.0),
        "best": Tried(2, "complete", {"model.C": 0.1}, [0.85, 0.87], 1.0),
        "counts": {"complete": 2, "pruned": 1, "failed": 0},
        "gain": Gain(0.01, -0.002, 0.022),
        "gap": 0.003,
        "nested": None,
        "text": "seed: 7\n",
        "new": "seed: 8\n",
        "folder": Path("place"),
        "page": None,
    }
    return Outcome(**(told | changes))


@pytest.mark.parametrize(
    ("sampler", "trials", "within", "budget"),
    [
        ("tpe", None, None, Budget(trials=30)),
        ("grid", None, None, Budget()),
        ("tpe", None, "10m", Budget(seconds=600.0)),
        ("random", 5, "90s", Budget(5, 90.0)),
        ("random", None, "1.5h", Budget(seconds=5400.0)),
        ("random", None, "20", Budget(seconds=20.0)),
    ],
)
def test_limits(sampler, trials, within, budget):
    assert tuning.budget(sampler, trials, within) == budget


@pytest.mark.parametrize("within", ["ten", "0m", "-5m", "10 m", ""])
def test_what_is_no_time_is_refused(within):
    with pytest.raises(UserError, match="10m"):
        tuning.budget("tpe", None, within)


def test_what_was_found_is_told_with_how_sure_it_is():
    words = " ".join(tuning.summary(outcome()))
    assert "3 trials (2 to the end, 1 given up on the way)" in words
    assert "0.86 with trial 2, 0.85 with params.yaml as it is" in words
    assert "+0.01 [-0.002, +0.022], within the noise of folds" in words
    assert "by about 0.003" in words
    sure = " ".join(tuning.summary(outcome(gain=Gain(0.01, 0.004, 0.016), nested=0.855)))
    assert "outside the noise of folds" in sure
    assert "gives 0.855: the best score above is optimistic by 0.005" in sure
    one = " ".join(tuning.summary(outcome(gain=Gain(0.01, float("nan"), float("nan")))))
    assert "of one fold" in one
    none = " ".join(tuning.summary(outcome(best=None)))
    assert "None came to its end" in none


def test_params_yaml_is_written_only_when_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = Path("params.yaml")
    file.write_text("seed: 7\n")
    said = []
    tuning.tell_of(outcome(), said.append, write=False)
    assert file.read_text() == "seed: 7\n"
    assert "-seed: 7\n+seed: 8" in "\n".join(said)
    tuning.tell_of(outcome(), said.append, write=True)
    assert file.read_text() == "seed: 8\n"


def test_settings_found_under_other_values_are_not_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("params.yaml", "dvc.yaml"):
        Path(name).touch()
    assert tuning.main(["churn-svm", "--write", "--set=pipelines.churn-svm.model.C=1"]) == 2
    assert "--write changes what params.yaml says" in capsys.readouterr().err


def test_as_many_trials_at_once_as_the_slots_hold():
    lent = Slots(cores=8, memory=9.0, gpu=1)
    assert slots.at_once(lent, StageNeeds(cores=2, memory=2.0)) == 4
    assert slots.at_once(lent, StageNeeds(memory=4.0)) == 2
    assert slots.at_once(lent, StageNeeds(gpu=1)) == 1
    assert slots.at_once(lent, StageNeeds(cores=16)) == 0
