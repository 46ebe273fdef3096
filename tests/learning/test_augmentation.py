import numpy as np
import pytest
import torch

from caselab import learning
from caselab.architectures import lenet
from caselab.errors import UserError
from caselab.learning.augmentation import augment, check
from caselab.learning.training import Augmentation, Training


@pytest.fixture
def pictures():
    """Return three smooth pictures of two channels, higher than wide, with empty edges."""
    rows, columns = torch.meshgrid(torch.arange(40.0), torch.arange(30.0), indexing="ij")
    blobs = [
        torch.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 18)
        for y, x in [(20, 8), (12, 14), (25, 20), (19, 15), (28, 12), (16, 18)]
    ]
    return torch.stack(blobs).reshape(3, 2, 40, 30)


def middle(pictures):
    """Return each channel's centre of mass, from the picture's middle, `(batch, channels, 2)`."""
    mass = pictures.sum(dim=(2, 3))
    y = (pictures.sum(dim=3) * (torch.arange(40) - 19.5)).sum(dim=2) / mass
    x = (pictures.sum(dim=2) * (torch.arange(30) - 14.5)).sum(dim=2) / mass
    return torch.stack([y, x], dim=2)


def changed(pictures, **words):
    torch.manual_seed(1)
    return augment(pictures, Augmentation(**words))


def test_without_a_setting_nothing_changes_and_nothing_is_drawn(pictures):
    before = torch.random.get_rng_state()
    assert augment(pictures, Augmentation()) is pictures
    assert (torch.random.get_rng_state() == before).all()


def test_flip_mirrors_left_to_right(pictures):
    assert (changed(pictures, flip=1) == pictures.flip(3)).all()
    many = pictures[:1].expand(2000, -1, -1, -1)
    mirrored = (changed(many, flip=0.25) == many.flip(3)).all(dim=(1, 2, 3))
    assert 0.22 < mirrored.double().mean() < 0.28


def test_rotate_turns_about_the_middle_and_keeps_shapes(pictures):
    found, before = middle(changed(pictures, rotate=20)), middle(pictures)
    torch.testing.assert_close(found.norm(dim=2), before.norm(dim=2), atol=0.15, rtol=0)
    turned = [torch.atan2(each[..., 0], each[..., 1]) for each in (found, before)]
    angles = (turned[0] - turned[1]).rad2deg()
    assert (angles.abs() < 21).all()
    assert angles[0, 0].abs() > 1
    distances = [(each[:, 0] - each[:, 1]).norm(dim=1) for each in (found, before)]
    torch.testing.assert_close(*distances, atol=0.2, rtol=0)


def test_shift_moves_all_channels_alike(pictures):
    moved = middle(changed(pictures, shift=0.1)) - middle(pictures)
    torch.testing.assert_close(moved[:, 0], moved[:, 1], atol=0.1, rtol=0)
    assert (moved[..., 0].abs() <= 4.05).all()
    assert (moved[..., 1].abs() <= 3.05).all()
    assert len(moved.round(decimals=1).unique()) > 4


def test_zoom_makes_larger_and_smaller(pictures):
    found = middle(changed(pictures, zoom=0.2)) / middle(pictures)
    size = found[:, 0, 1]
    torch.testing.assert_close(found[:, 0, 1], found[:, 1, 0], atol=0.15, rtol=0)
    assert 0.75 < size.min() < 1
    assert 1 < size.max() < 1.25


def test_what_comes_in_from_beyond_repeats_the_edge(pictures):
    black = torch.full_like(pictures, -0.4)
    torch.testing.assert_close(changed(black, shift=0.3, rotate=45, zoom=0.3), black)


def test_crop_shows_a_part_larger_and_never_what_is_beyond():
    rows, columns = torch.meshgrid(torch.arange(40.0), torch.arange(30.0), indexing="ij")
    where = torch.stack([rows, columns]).expand(50, -1, -1, -1)  # each pixel says where it was
    shown = changed(where, crop=0.5)
    height = shown[:, 0, -1, 0] - shown[:, 0, 0, 0]
    width = shown[:, 1, 0, -1] - shown[:, 1, 0, 0]
    torch.testing.assert_close(height / 39, width / 29, atol=0.03, rtol=0)
    assert 0.45 < (height / 39).min() < 0.6
    assert 0.9 < (height / 39).max() <= 1
    steps = shown[:, 0].diff(dim=1)[:, 1:-1]
    assert (steps > 0.45).all()  # an edge that is repeated would stand still
    tops = shown[:, 0, 0, 0]
    assert tops.min() < 3
    assert tops.max() > 8


def test_cutout_blanks_a_square_of_each_picture():
    ones = torch.ones(500, 2, 40, 30)
    shown = changed(ones, cutout=0.4)
    blank = shown == 0
    assert (blank | (shown == 1)).all()
    assert (blank[:, 0] == blank[:, 1]).all()
    heights, widths = (blank[:, 0].any(dim=side).sum(dim=1) for side in (2, 1))
    assert heights.max() == widths.max() == 12  # of the shorter side
    assert heights.min() < 12  # partly outside
    assert (blank[:, 0].sum(dim=(1, 2)) == heights * widths).all()


def test_noise_has_the_deviation_asked_for(pictures):
    added = changed(pictures.repeat(20, 1, 1, 1), noise=0.3) - pictures.repeat(20, 1, 1, 1)
    assert abs(added.mean()) < 0.01
    assert abs(added.std() - 0.3) < 0.01


def test_what_is_no_picture_cannot_be_moved():
    with pytest.raises(UserError, match=r"augmentation.rotate changes pictures.*shape \(784,\)"):
        check(Augmentation(rotate=5, shift=0.1), (3, 784), np.float32)
    with pytest.raises(UserError, match=r"training.augmentation.noise is added to numbers"):
        check(Augmentation(noise=0.1), (3, 20), np.int64)
    check(Augmentation(noise=0.1), (3, 20), np.float32)


class KilledError(Exception):
    pass


def test_a_fit_that_was_stopped_goes_on_with_the_same_changes(tmp_path):
    random = np.random.default_rng(0)
    X = random.random((80, 1, 12, 12), dtype=np.float32)
    words = {"flip": 0.5, "rotate": 10, "shift": 0.1, "zoom": 0.1, "noise": 0.1}
    words |= {"crop": 0.2, "cutout": 0.3}
    training = Training(max_epochs=4, batch_size=16, accelerator="cpu", augmentation=words)

    def fit(folder, stop_after=None):
        def on_epoch(epoch, _):
            if epoch == stop_after:
                raise KilledError

        with learning.session(folder, on_epoch, every=0):
            model = lenet.classification(training=training, random_state=0)
            return model.fit(X, np.arange(80) % 2).weights_

    undisturbed = fit(tmp_path / "one")
    for epoch in (2, 3):
        with pytest.raises(KilledError):
            fit(tmp_path / "other", epoch)
    resumed = fit(tmp_path / "other")
    assert all((undisturbed[name] == resumed[name]).all() for name in undisturbed)
