"""The pictures' cases, on a hundred pictures drawn here that look like their sources' records."""

import numpy as np
import pandas as pd
import pytest

from caselab import cases
from caselab.data import contracts
from caselab.data.pictures import png
from caselab.errors import UserError
from caselab.features import pictures
from caselab.params import CaseBlock, Split, Validation
from caselab.stages.prepare import prepare

CASES = ("images_fashion", "images_digits")


def records(name, n=120):
    labels = cases.import_module(f"caselab.cases.{name}").LABELS
    random = np.random.default_rng(0)
    drawn = random.integers(0, 256, (n, 28, 28), dtype=np.uint8)
    split = np.where(np.arange(n) < 100, "train", "test")
    return pd.DataFrame(
        {
            "id": [f"{part}-{number:05}" for number, part in enumerate(split)],
            "picture": [png(pixels) for pixels in drawn],
            "label": np.array(labels)[np.arange(n) // 2 % 10],
            "split": split,
        }
    )


@pytest.fixture(params=CASES)
def case(request):
    return cases.load(request.param)


def block():
    return CaseBlock(
        source="pictures",
        split=Split(kind="official"),
        validation=Validation(kind="holdout", folds=2),
        evaluation={},
    )


def test_the_publisher_says_which_pictures_are_test(case):
    train, test, _ = prepare([records(case.name)], case, block())
    assert set(test.ids) == {f"test-{number:05}" for number in range(100, 120)}
    assert len(train) == 100
    assert (train.fold == 0).sum() == 50


def test_a_model_sees_the_picture_alone(case):
    train, _, _ = prepare([records(case.name)], case, block())
    assert list(train.X.columns) == ["picture"]
    assert pictures.view(train.X).shape == (100, 28, 28)


@pytest.mark.parametrize(
    ("column", "value"),
    [("label", "Spoon"), ("label", None), ("split", "validation"), ("picture", None), ("id", None)],
)
def test_the_contract_refuses(case, column, value):
    broken = records(case.name)
    broken.loc[3, column] = value
    with pytest.raises(UserError, match=rf"column '{column}' has 1 row .*row 4"):
        contracts.check(broken, case.contract())


def test_two_pictures_of_one_id_are_refused(case):
    twice = records(case.name)
    twice.loc[3, "id"] = twice.loc[2, "id"]
    with pytest.raises(UserError, match="share a value"):
        prepare([twice], case, block())


def test_all_black_and_broken_pictures(case):
    given = records(case.name)
    given.loc[5, "picture"] = png(np.zeros((28, 28), dtype=np.uint8))
    train, _, _ = prepare([given], case, block())
    assert not pictures.view(train.X)[5].any()
    given.loc[7, "picture"] = b"no picture"
    train, _, _ = prepare([given], case, block())
    with pytest.raises(UserError, match="row 8 of 100 cannot be read"):
        pictures.view(train.X)
