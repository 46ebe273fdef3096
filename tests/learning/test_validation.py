import numpy as np
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler

from caselab import learning
from caselab.learning import sessions
from caselab.learning.validation import Split, evened, hold_out, resampled

CLASSES = np.array([0] * 90 + [1] * 30)


def test_every_row_is_on_one_side():
    learn, held = hold_out(120, 0.25, seed=3, classes=CLASSES)
    assert sorted([*learn, *held]) == list(range(120))


def test_each_class_gives_its_share():
    learn, held = hold_out(120, 0.1, seed=3, classes=CLASSES)
    assert np.bincount(CLASSES[held]).tolist() == [9, 3]
    assert np.bincount(CLASSES[learn]).tolist() == [81, 27]


def test_without_classes_the_share_is_of_all_rows():
    assert len(hold_out(120, 0.1, seed=3)[1]) == 12


def test_the_seed_chooses():
    one, same, other = (hold_out(120, 0.1, seed, CLASSES)[1] for seed in (3, 3, 4))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_rare_class_keeps_a_row_to_learn_from():
    learn, _ = hold_out(10, 0.9, seed=0, classes=np.array([0] * 9 + [1]))
    assert 9 in learn


def test_nothing_held_out_when_nothing_is_asked():
    learn, held = hold_out(10, 0.0, seed=0)
    assert (len(learn), len(held)) == (10, 0)


def test_whole_groups_are_held_out_where_the_session_knows_them():
    groups = np.repeat([f"article {n}" for n in range(40)], 3)
    with learning.session(groups=groups):
        learn, held = hold_out(120, 0.2, seed=3, classes=CLASSES)
    assert len(held) == 24
    assert not {*groups[learn]} & {*groups[held]}
    assert sorted([*learn, *held]) == list(range(120))


def test_a_group_that_is_most_of_the_rows_leaves_something_to_learn_from():
    with learning.session(groups=np.array(["a"] * 9 + ["b"])):
        for seed in range(9):
            learn, _ = hold_out(10, 0.9, seed)
            assert len(learn)


def test_the_last_rows_are_held_out_where_the_session_knows_their_times():
    time = np.random.default_rng(0).permutation(120)
    with learning.session(times=time):
        learn, held = hold_out(120, 0.1, seed=3, classes=CLASSES)
    assert sorted(time[held]) == list(range(108, 120))
    assert len(learn) == 108


@pytest.mark.parametrize("known", [{"groups": np.arange(7)}, {"times": np.arange(7)}])
def test_what_is_known_of_other_rows_is_refused(known):
    with learning.session(**known), pytest.raises(ValueError, match=r"given 120 rows.*of 7;"):
        hold_out(120, 0.1, seed=3, classes=CLASSES)


def test_who_makes_rows_hands_on_what_is_known_of_them():
    with learning.session(times=np.arange(7)):
        time = np.repeat(np.arange(40), 3)
        _, held = hold_out(120, 0.1, seed=3, times=time)
    assert held.tolist() == list(range(108, 120))


def test_rows_that_are_left_keep_what_is_known_of_them():
    groups = np.repeat(np.arange(40), 3)
    with learning.session(groups=groups):
        left = np.arange(0, 120, 2)
        sessions.keep_rows(left)
        learn, held = hold_out(60, 0.2, seed=3)
        assert not {*groups[left][learn]} & {*groups[left][held]}
    assert sessions.current().groups is None


@pytest.mark.parametrize(
    "sampler", [RandomOverSampler(random_state=0), RandomUnderSampler(random_state=0)]
)
def test_a_sampler_that_only_picks_rows_leaves_them_where_they_are(sampler):
    X = np.random.default_rng(0).random((120, 2, 3))
    learn, held = Split(CLASSES, sampler).parts(X, CLASSES, 0.1, seed=3)
    assert learn.X is X
    plain, _ = Split(CLASSES).parts(X, CLASSES, 0.1, seed=3)
    made, classes = resampled(sampler, X[plain.positions], CLASSES[plain.positions])
    np.testing.assert_array_equal(X[learn.positions], made)
    np.testing.assert_array_equal(CLASSES[learn.positions], classes)
    assert len(set(np.bincount(CLASSES[held.positions]))) == 1


def test_a_sampler_balances_what_is_learned_from_whatever_its_shape():
    X = np.arange(120 * 6, dtype=np.float32).reshape(120, 1, 2, 3)
    rows, classes = resampled(RandomOverSampler(random_state=0), X, CLASSES)
    assert rows.dtype == X.dtype
    assert rows.shape == (180, 1, 2, 3)
    assert np.bincount(classes).tolist() == [90, 90]
    assert {row.tobytes() for row in rows[120:]} <= {row.tobytes() for row in X[90:]}


def test_without_a_sampler_rows_stay_as_they_are():
    assert resampled(None, CLASSES, CLASSES) == (CLASSES, CLASSES)


def test_held_out_rows_are_evened_by_taking_the_rarer_ones_in_turn():
    assert evened(np.array([0, 1, 0, 0, 1])).tolist() == [0, 2, 3, 1, 4, 1]
    assert evened(np.array([], dtype=int)).tolist() == []
