import numpy as np
import pandas as pd
import pytest

from caselab.data import splits
from caselab.errors import UserError


def ids(count, start=0):
    return pd.Series([f"C{number}" for number in range(start, start + count)])


def test_the_split_is_pinned_for_all_time():
    is_test = splits.is_test(ids(40), 0.2, "churn")
    assert np.flatnonzero(is_test).tolist() == [4, 5, 6, 10, 12, 16, 17, 20, 30, 31, 32, 35, 37, 39]


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_about_the_share_is_test(share):
    count = splits.is_test(ids(100_000), share, "churn").sum()
    assert abs(count - share * 100_000) < 5 * np.sqrt(share * (1 - share) * 100_000)


def test_a_row_is_test_by_its_own_id_alone():
    many = splits.is_test(ids(1000), 0.2, "churn")
    order = np.random.default_rng(0).permutation(1000)[:100]
    assert (splits.is_test(ids(1000).iloc[order], 0.2, "churn") == many[order]).all()


def test_cases_split_the_same_ids_differently():
    one, other = (splits.is_test(ids(10_000), 0.2, case) for case in ("churn", "prices"))
    assert 0.03 < (one & other).mean() < 0.05


def test_a_larger_test_share_keeps_the_test_rows():
    small, large = (splits.is_test(ids(1000), share, "churn") for share in (0.1, 0.3))
    assert large[small].all()


@pytest.fixture
def classes():
    return pd.Series(np.random.default_rng(0).choice(["No", "Yes"], 1003, p=[0.7, 0.3]))


def test_stratified_folds_are_equal_in_size_and_in_shares(classes):
    fold = splits.folds("stratified", 5, len(classes), classes, "churn")
    for label in ("No", "Yes"):
        counts = np.bincount(fold[classes == label], minlength=5)
        assert counts.max() - counts.min() <= 1
    assert sorted(set(fold)) == [0, 1, 2, 3, 4]


def test_kfold_is_equal_in_size_and_mixed():
    fold = splits.folds("kfold", 4, 402, None, "churn")
    assert sorted(np.bincount(fold)) == [100, 100, 101, 101]
    assert len({tuple(part) for part in fold[:400].reshape(-1, 4)}) > 15  # of 24 orders


def test_holdout_holds_one_row_in_so_many_out_once():
    fold = splits.folds("holdout", 4, 400, None, "churn")
    assert (fold == 0).sum() == 100
    assert (fold == -1).sum() == 300


@pytest.mark.parametrize("kind", ["holdout", "kfold", "stratified"])
def test_rows_added_at_the_end_move_no_row_between_folds(kind, classes):
    before = splits.folds(kind, 5, 903, classes.head(903), "churn")
    after = splits.folds(kind, 5, 1003, classes, "churn")
    assert (after[:903] == before).all()


def test_stratified_without_classes_and_an_unknown_kind():
    with pytest.raises(UserError, match="choose 'kfold'"):
        splits.folds("stratified", 5, 10, None, "churn")
    with pytest.raises(UserError, match="no kind of validation 'time'"):
        splits.folds("time", 5, 10, None, "churn")


def parts(mask):
    return {"train": ~mask, "test": mask}


def test_class_shares_of_the_whole_and_of_the_parts():
    target = pd.Series(["No", "No", "No", "Yes"] * 50, name="churn")
    shares = splits.check_classes(target, parts(np.arange(200) < 40))
    assert shares == {part: {"No": 0.75, "Yes": 0.25} for part in ("whole", "train", "test")}


def test_chance_is_forgiven_at_any_size():
    for seed in range(200):
        random = np.random.default_rng(seed)
        target = pd.Series(random.choice(["No", "Yes"], 400, p=[0.7, 0.3]), name="churn")
        splits.check_classes(target, parts(random.random(400) < 0.2))


def test_a_share_that_chance_does_not_explain_is_refused():
    target = pd.Series(["No"] * 800 + ["Yes"] * 200, name="churn")
    mask = np.zeros(1000, dtype=bool)
    mask[650:850] = True
    mask[:50] = True
    splits.check_classes(target, parts(np.arange(1000) % 5 == 0))
    with pytest.raises(UserError, match=r"Class 'No'.*chance does not explain") as raised:
        splits.check_classes(target, parts(np.arange(1000) >= 700))
    assert "42.9%" not in str(raised.value)


def test_a_single_class():
    target = pd.Series(["No"] * 10, name="churn")
    with pytest.raises(UserError, match=r"'churn' has one class only .'No' in all 10 rows"):
        splits.check_classes(target, parts(np.arange(10) < 2))


def test_a_part_without_some_class():
    target = pd.Series(["No"] * 99 + ["Yes"], name="churn")
    with pytest.raises(UserError, match=r"No row of class 'Yes'.*falls into test .it has 1 of 100"):
        splits.check_classes(target, parts(np.arange(100) < 20))
