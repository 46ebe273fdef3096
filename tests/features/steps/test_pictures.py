import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from caselab.features.steps.pictures import SCALES, PictureScaler


@parametrize_with_checks([PictureScaler(scale=scale) for scale in SCALES])
def test_it_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture
def color():
    return np.random.default_rng(0).integers(0, 256, (50, 7, 5, 3), dtype=np.uint8)


@pytest.fixture
def grey(color):
    return np.ascontiguousarray(color[..., 0])


def test_unit_divides_bytes_by_255(grey):
    found = PictureScaler().fit_transform(grey)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, grey.reshape(50, 35) / 255, rtol=1e-6)


def test_none_leaves_bytes_and_copies_nothing(grey):
    found = PictureScaler("none").fit_transform(grey)
    assert found.dtype == np.uint8
    assert np.shares_memory(found, grey)


def test_networks_get_channels_first(color, grey):
    found = PictureScaler("none", flatten=False).fit_transform(color)
    np.testing.assert_array_equal(found, np.moveaxis(color, 3, 1))
    assert PictureScaler("none", flatten=False).fit_transform(grey).shape == (50, 1, 7, 5)


@pytest.mark.parametrize("flatten", [True, False])
def test_standard_is_of_each_channel_and_of_the_rows_it_was_fitted_on(color, flatten):
    scaler = PictureScaler("standard", flatten).fit(color[:30])
    mean, deviation = color[:30].mean(axis=(0, 1, 2)), color[:30].std(axis=(0, 1, 2))
    expected = (color - mean) / deviation
    expected = expected.reshape(50, -1) if flatten else np.moveaxis(expected, 3, 1)
    found = scaler.transform(color)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_all_black_pictures_are_scaled_to_zero():
    black = np.zeros((5, 4, 4), dtype=np.uint8)
    for scale in SCALES:
        assert not PictureScaler(scale).fit_transform(black).any()
    assert not PictureScaler("standard").fit_transform(black + 255).any()


def test_an_unknown_scale_is_refused(grey):
    with pytest.raises(ValueError, match="'minmax'; choose one of unit, standard, none"):
        PictureScaler("minmax").fit(grey)


def test_pictures_of_another_size_are_refused(grey):
    with pytest.raises(ValueError, match="where fit saw"):
        PictureScaler().fit(grey).transform(grey[:, :, :4])
