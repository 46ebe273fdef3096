"""A change is called where both the corrected p-value and the least effect say so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselab.watching.changes import Change, holm, judged, psi


def change(name: str, p: float, effect: float, **more) -> Change:
    return Change(name, "inputs", p=p, effect=effect, before="", now="", **more)


def test_holm_corrects_as_his_paper_does():
    # Sorted .005, .01, .03, .04: times 4, 3, 2, 1, and never less than the one before.
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([])).size == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_correction_lies_between_the_plain_value_and_bonferronis(values):
    p = np.array(values)
    found = holm(p)
    assert (found >= p).all()
    assert (found <= np.minimum(1, p * len(p)) + 1e-12).all()


def test_neither_chance_alone_nor_a_trifle_alone_is_called():
    found = judged(
        [
            change("sure and great", 1e-9, 0.4),
            change("sure but a trifle", 1e-9, 0.02),
            change("great but by chance", 0.2, 0.4),
        ],
        false_alarms=0.05,
        least_effect=0.1,
    )
    assert [each.name for each in found if each.moved] == ["sure and great"]
    assert found[0].moved


def test_a_loss_of_quality_matters_however_small():
    found = judged([change("quality", 1e-9, 0.01, always=True)], 0.05, 0.1)
    assert found[0].moved


def test_the_stability_index_is_that_of_its_formula():
    before, now = np.array([400.0, 600.0]), np.array([300.0, 700.0])
    p, q = (400.5 / 1001, 600.5 / 1001), (300.5 / 1001, 700.5 / 1001)
    expected = sum((b - a) * np.log(b / a) for a, b in zip(p, q, strict=True))
    assert psi(before, now) == pytest.approx(expected)
    assert psi(before, before) == 0
