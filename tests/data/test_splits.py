import numpy as np
import pandas as pd
import pytest

from caselab.data import splits
from caselab.errors import UserError
from caselab.params import Split, Validation


def ids(count, start=0):
    return pd.Series([f"C{number}" for number in range(start, start + count)])


def test_the_split_is_pinned_for_all_time():
    is_test = splits.is_test(Split(test=0.2), ids(40), salt="churn")
    assert np.flatnonzero(is_test).tolist() == [4, 5, 6, 10, 12, 16, 17, 20, 30, 31, 32, 35, 37, 39]


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_about_the_share_is_test(share):
    count = splits.is_test(Split(test=share), ids(100_000), salt="churn").sum()
    assert abs(count - share * 100_000) < 5 * np.sqrt(share * (1 - share) * 100_000)


def test_a_row_is_test_by_its_own_id_alone():
    many = splits.is_test(Split(test=0.2), ids(1000), salt="churn")
    order = np.random.default_rng(0).permutation(1000)[:100]
    assert (
        splits.is_test(Split(test=0.2), ids(1000).iloc[order], salt="churn") == many[order]
    ).all()


def test_cases_split_the_same_ids_differently():
    one, other = (
        splits.is_test(Split(test=0.2), ids(10_000), salt=case) for case in ("churn", "prices")
    )
    assert 0.03 < (one & other).mean() < 0.05


def test_a_larger_test_share_keeps_the_test_rows():
    small, large = (
        splits.is_test(Split(test=share), ids(1000), salt="churn") for share in (0.1, 0.3)
    )
    assert large[small].all()


@pytest.fixture
def classes():
    return pd.Series(np.random.default_rng(0).choice(["No", "Yes"], 1003, p=[0.7, 0.3]))


def test_stratified_folds_are_equal_in_size_and_in_shares(classes):
    fold = splits.folds(Validation(kind="stratified", folds=5), len(classes), classes, salt="churn")
    for label in ("No", "Yes"):
        counts = np.bincount(fold[classes == label], minlength=5)
        assert counts.max() - counts.min() <= 1
    assert sorted(set(fold)) == [0, 1, 2, 3, 4]


def test_kfold_is_equal_in_size_and_mixed():
    fold = splits.folds(Validation(kind="kfold", folds=4), 402, None, salt="churn")
    assert sorted(np.bincount(fold)) == [100, 100, 101, 101]
    assert len({tuple(part) for part in fold[:400].reshape(-1, 4)}) > 15  # of 24 orders


def test_holdout_holds_one_row_in_so_many_out_once():
    fold = splits.folds(Validation(kind="holdout", folds=4), 400, None, salt="churn")
    assert (fold == 0).sum() == 100
    assert (fold == -1).sum() == 300


def test_holdout_of_whole_groups_tears_none_apart():
    group = pd.Series(np.repeat(np.arange(60), 5), name="speech")
    validation = Validation(kind="holdout", folds=4, whole_groups=True)
    fold = splits.folds(validation, 300, None, group=group, salt="language")
    held = pd.Series(fold == 0).groupby(group).mean()
    assert sorted(held.unique()) == [0, 1]
    assert held.sum() == 15
    assert set(fold) == {-1, 0}


@pytest.mark.parametrize("kind", ["holdout", "kfold", "stratified"])
def test_rows_added_at_the_end_move_no_row_between_folds(kind, classes):
    before = splits.folds(Validation(kind=kind, folds=5), 903, classes.head(903), salt="churn")
    after = splits.folds(Validation(kind=kind, folds=5), 1003, classes, salt="churn")
    assert (after[:903] == before).all()


def test_a_stratified_split_holds_each_stratum_in_equal_shares(classes):
    split = Split(test=0.15, kind="stratified")
    is_test = splits.is_test(split, ids(1003), strata=classes, salt="cells")
    for label in ("No", "Yes"):
        members = (classes == label).to_numpy()
        assert is_test[members].mean() == pytest.approx(0.15, abs=0.01)
    gaps = np.diff(np.flatnonzero(is_test[(classes == "No").to_numpy()]))
    assert len(set(gaps)) > 5  # drawn within rounds, and not every so-manieth row
    before = splits.is_test(split, ids(903), strata=classes.head(903), salt="cells")
    assert (is_test[:903] == before).all()
    with pytest.raises(UserError, match="split kind 'stratified' needs a column"):
        splits.is_test(split, ids(10), salt="cells")


@pytest.mark.parametrize("kind", ["holdout", "kfold", "stratified"])
def test_folds_hold_strata_in_equal_shares_where_a_case_names_some(kind, classes):
    strata = pd.Series(np.random.default_rng(1).choice(["mono", "poly"], 1003))
    both = strata + classes if kind == "stratified" else strata
    validation = Validation(kind=kind, folds=5)
    fold = splits.folds(validation, 1003, classes, strata=strata, salt="cells")
    for kept in both.unique():
        counts = np.bincount(fold[(both == kept).to_numpy()] + 1, minlength=6)[1:]
        held = counts[:1] if kind == "holdout" else counts
        assert held == pytest.approx((both == kept).sum() / 5, abs=1)


def test_stratified_without_classes():
    with pytest.raises(UserError, match="choose 'kfold'"):
        splits.folds(Validation(kind="stratified"), 10, None, salt="churn")


def test_whole_groups_are_test_and_fold():
    group = pd.Series([f"G{number % 60}" for number in range(600)], name="article")
    is_test = splits.is_test(Split(test=0.3, kind="group"), ids(600), group=group, salt="churn")
    fold = splits.folds(Validation(kind="grouped"), 600, None, group=group, salt="churn")
    assert 0 < is_test.sum() < 600
    for part in (is_test, fold):
        assert len(pd.DataFrame({"group": group, "part": part}).drop_duplicates()) == 60
    assert sorted(np.unique(fold, return_counts=True)[1]) == [120] * 5


def test_the_last_rows_in_time_are_test_and_no_moment_is_in_two_parts():
    time = pd.Series(np.random.default_rng(0).integers(0, 50, 1000), name="day")
    is_test = splits.is_test(Split(test=0.2, kind="time"), ids(1000), time=time, salt="churn")
    assert time[is_test].min() > time[~is_test].max()
    assert 0.15 < is_test.mean() <= 0.2


def test_the_last_rows_of_each_group_are_test():
    group = pd.Series([f"G{number % 10}" for number in range(200)], name="user")
    time = pd.Series(np.random.default_rng(0).permutation(200), name="day")
    split = Split(test=0.25, kind="time", within_groups=True)
    is_test = splits.is_test(split, ids(200), group=group, time=time, salt="churn")
    for members in group.groupby(group).groups.values():
        assert is_test[members].sum() == 5
        assert time[members][is_test[members]].min() > time[members][~is_test[members]].max()


def test_series_are_cut_in_time_each_and_before_groups():
    series = pd.Series([f"S{number % 10}" for number in range(200)], name="meter")
    time = pd.Series(np.random.default_rng(0).permutation(200), name="day")
    town = pd.Series(["north", "south"] * 100, name="town")
    split = Split(test=0.25, kind="time", within_groups=True)
    columns = {"time": time, "group": town, "series": series}
    is_test = splits.is_test(split, ids(200), **columns, salt="load")
    for members in series.groupby(series).groups.values():
        assert is_test[members].sum() == 5
        assert time[members][is_test[members]].min() > time[members][~is_test[members]].max()
    validation = Validation(kind="time", folds=3, within_groups=True)
    fold = splits.folds(validation, 200, None, **columns, salt="load")
    for members in series.groupby(series).groups.values():
        assert np.bincount(fold[members] + 1).tolist() == [5] * 4


def test_the_official_split_is_the_publishers():
    said = pd.Series(["train", "test", "train"], name="split")
    official = Split(kind="official")
    is_test = splits.is_test(official, ids(3), official=said, salt="churn")
    assert is_test.tolist() == [False, True, False]
    with pytest.raises(UserError, match="'split' of the official split says 'dev'"):
        splits.is_test(official, ids(3), official=said.replace("test", "dev"), salt="churn")


def test_a_fit_sees_nothing_later_than_what_it_is_asked():
    time = pd.Series(np.random.default_rng(0).permutation(600), name="day")
    fold = splits.folds(Validation(kind="time", folds=5), 600, None, time=time, salt="churn")
    assert np.unique(fold, return_counts=True)[1].tolist() == [100] * 6
    assert fold.min() == -1
    for number in range(5):
        learned = splits.learned_from("time", fold, number)
        assert time[learned].max() < time[fold == number].min()


def test_leave_one_out_says_how_many_fits_and_refuses_too_many():
    one = Validation(kind="leave_one_out", most_fits=10)
    assert splits.folds(one, 10, None, salt="churn").tolist() == list(range(10))
    with pytest.raises(UserError, match="asks for 11 fits of every pipeline"):
        splits.folds(one, 11, None, salt="churn")


def test_a_kind_that_asks_for_a_column_the_case_does_not_have():
    with pytest.raises(UserError, match="validation kind 'grouped' needs a column"):
        splits.folds(Validation(kind="grouped"), 10, None, salt="churn")
    with pytest.raises(UserError, match="split kind 'time' needs a column"):
        splits.is_test(Split(test=0.2, kind="time"), ids(10), salt="churn")
    time = pd.Series([None, *range(9)], name="day")
    with pytest.raises(UserError, match=r"'day', by which .* has 1 rows without a value"):
        splits.is_test(Split(test=0.2, kind="time"), ids(10), time=time, salt="churn")


def test_the_publishers_validation_rows_are_held_out_once():
    said = pd.Series(["train", "validation", "train", "validation"], name="part")
    fold = splits.folds(Validation(kind="official"), 4, None, official=said, salt="words")
    assert fold.tolist() == [-1, 0, -1, 0]
    test = splits.is_test(
        Split(kind="official"), pd.Series(range(5)), official=pd.Series([*said, "test"]), salt="w"
    )
    assert test.tolist() == [False] * 4 + [True]
    with pytest.raises(UserError, match=r"'part' says 'validation', and these are none of 4"):
        splits.folds(
            Validation(kind="official"),
            4,
            None,
            official=said.replace("validation", "train"),
            salt="w",
        )
