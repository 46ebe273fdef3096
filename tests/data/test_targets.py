import numpy as np
import pandas as pd
import pytest

from caselab.data import targets
from caselab.errors import UserError


def parts(mask):
    return {"train": ~mask, "test": mask}


def test_class_shares_of_the_whole_and_of_the_parts():
    target = pd.Series(["No", "No", "No", "Yes"] * 50, name="churn")
    shares = targets.check_classes(target, parts(np.arange(200) < 40))
    assert shares == {part: {"No": 0.75, "Yes": 0.25} for part in ("whole", "train", "test")}


def test_chance_is_forgiven_at_any_size():
    for seed in range(200):
        random = np.random.default_rng(seed)
        target = pd.Series(random.choice(["No", "Yes"], 400, p=[0.7, 0.3]), name="churn")
        targets.check_classes(target, parts(random.random(400) < 0.2))


def test_a_share_that_chance_does_not_explain_is_refused():
    target = pd.Series(["No"] * 800 + ["Yes"] * 200, name="churn")
    mask = np.zeros(1000, dtype=bool)
    mask[650:850] = True
    mask[:50] = True
    targets.check_classes(target, parts(np.arange(1000) % 5 == 0))
    with pytest.raises(UserError, match=r"Class 'No'.*chance does not explain") as raised:
        targets.check_classes(target, parts(np.arange(1000) >= 700))
    assert "42.9%" not in str(raised.value)


def test_a_single_class():
    target = pd.Series(["No"] * 10, name="churn")
    with pytest.raises(UserError, match=r"'churn' has one class only .'No' in all 10 rows"):
        targets.check_classes(target, parts(np.arange(10) < 2))


def test_a_part_without_some_class():
    target = pd.Series(["No"] * 99 + ["Yes"], name="churn")
    with pytest.raises(UserError, match=r"No row of class 'Yes'.*falls into test .it has 1 of 100"):
        targets.check_classes(target, parts(np.arange(100) < 20))
