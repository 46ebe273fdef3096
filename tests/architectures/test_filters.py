"""Filters of pictures against their definitions."""

import numpy as np
import pytest

from caselab.architectures.median_filter import MedianFilter
from caselab.architectures.non_local_means import NonLocalMeans
from caselab.errors import UserError


@pytest.fixture(scope="module")
def pictures():
    """Return noisy and clean pictures of two flat halves."""
    clean = np.zeros((4, 1, 12, 10), dtype=np.float32)
    clean[..., 5:] = 0.8
    noise = np.random.default_rng(0).normal(0, 0.15, clean.shape).astype(np.float32)
    return clean + noise, clean


def test_a_median_removes_a_single_speck_and_leaves_an_edge(pictures):
    clean = pictures[1].copy()
    clean[0, 0, 6, 2] = 1
    filtered = MedianFilter(3).fit(clean).transform(clean)
    np.testing.assert_array_equal(filtered, pictures[1])


def by_definition(picture, model):
    """Return non-local means of one picture (height, width), pixel by pixel."""
    p, s, noise = model.patch, model.search, model.noise_
    height, width = picture.shape
    wide = np.pad(picture, s + p, mode="symmetric")

    def square(y, x):
        return wide[y + s : y + s + 2 * p + 1, x + s : x + s + 2 * p + 1]

    found = np.zeros_like(picture)
    for y in range(p, height - p):
        for x in range(p, width - p):
            weights, values = [], []
            for dy in range(-s, s + 1):
                for dx in range(-s, s + 1):
                    unlike = ((square(y, x) - square(y + dy, x + dx)) ** 2).mean()
                    excess = max(unlike - 2 * noise**2, 0)
                    weights.append(np.exp(-excess / (model.strength * noise) ** 2))
                    values.append(wide[y + dy + s + p, x + dx + s + p])
            found[y, x] = np.average(values, weights=weights)
    return found[p : height - p, p : width - p]


def test_non_local_means_are_what_their_paper_says(pictures):
    noisy, clean = pictures
    model = NonLocalMeans(patch=1, search=2).fit(noisy, clean=clean)
    assert model.noise_ == pytest.approx(0.15, rel=0.1)
    found = model.transform(noisy)
    expected = by_definition(noisy[0, 0].astype(float), model)
    np.testing.assert_allclose(found[0, 0, 1:-1, 1:-1], expected, rtol=1e-3, atol=1e-4)
    assert ((found - clean) ** 2).mean() < 0.4 * ((noisy - clean) ** 2).mean()


@pytest.mark.parametrize("model", [MedianFilter(), NonLocalMeans()])
def test_rows_that_are_no_pictures_are_refused(model):
    flat = np.zeros((3, 20), dtype=np.float32)
    with pytest.raises(UserError, match=r"features\.flatten"):
        model.fit(flat, clean=flat)
