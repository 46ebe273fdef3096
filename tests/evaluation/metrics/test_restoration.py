"""Metrics of restored pictures against their definitions."""

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter

from caselab.data.pictures import as_text, from_text, pixels, png
from caselab.evaluation.metrics.restoration import METRICS


@pytest.fixture(scope="module")
def pair():
    random = np.random.default_rng(0)
    clean = random.integers(0, 256, (3, 20, 16)).astype(float)
    clean = np.stack([gaussian_filter(each, 2) for each in clean])
    noisy = (clean + random.normal(0, 20, clean.shape)).clip(0, 255)
    return clean.astype(np.uint8), noisy.astype(np.uint8)


def scores(clean, said):
    y, answers = pd.Series(map(png, clean)), pd.DataFrame({"picture": [*map(as_text, said)]})
    return {name: metric.function(y, answers, {}, None) for name, metric in METRICS.items()}


def test_a_picture_stands_in_text_and_in_a_file(pair):
    for picture in (pair[0][0], np.stack([pair[0][0]] * 3, axis=2)):
        assert np.array_equal(from_text(as_text(picture)), picture)
        assert np.array_equal(pixels(png(picture)), picture)
        assert as_text(picture).startswith("data:image/png;base64,")


def test_errors_by_hand(pair):
    clean, noisy = (each.astype(float) for each in pair)
    squares = ((clean - noisy) ** 2).mean(axis=(1, 2))
    found = scores(*pair)
    assert found["rmse"] == pytest.approx(np.sqrt(squares.mean()))
    assert found["psnr"] == pytest.approx((10 * np.log10(255**2 / squares)).mean())


def test_structural_similarity_by_its_paper(pair):
    """Means, variances and covariance under a Gaussian window, where it lies inside the picture."""

    def around(x):
        return gaussian_filter(x, 1.5, truncate=3.5)

    def of(x, y):
        mx, my = around(x), around(y)
        vx, vy, cov = around(x * x) - mx**2, around(y * y) - my**2, around(x * y) - mx * my
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        map_ = (2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
        return map_[5:-5, 5:-5].mean()

    clean, noisy = (each.astype(float) for each in pair)
    expected = np.mean([of(x, y) for x, y in zip(clean, noisy, strict=True)])
    assert scores(*pair)["ssim"] == pytest.approx(expected, abs=1e-3)
    assert scores(pair[0], pair[0])["ssim"] == pytest.approx(1)


def test_small_pictures_have_no_structural_similarity():
    small = np.zeros((2, 8, 8), np.uint8)
    assert np.isnan(scores(small, small)["ssim"])
    assert np.isfinite(scores(small, small)["psnr"])
