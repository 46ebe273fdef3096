"""Fashion-MNIST and MNIST, whose files have one form."""

import gzip
import io

import numpy as np
import pytest
from PIL import Image

from caselab.data.pictures import pixels, read_idx
from caselab.sources import fashion_mnist, fashion_mnist_noisy, mnist
from tests.extracts import reading


@pytest.mark.parametrize(
    ("name", "classes"),
    [("fashion_mnist", set(fashion_mnist.CLASSES)), ("mnist", set("0123456789"))],
)
def test_pictures_of_ten_classes_in_two_parts(name, classes):
    records = reading.read(name)
    assert list(records) == ["id", "picture", "label", "split"]
    assert records["split"].value_counts().to_dict() == {"train": 200, "test": 60}
    assert set(records["label"]) == classes
    assert records["id"].iloc[[0, 200]].tolist() == ["train-00000", "test-00000"]


@pytest.mark.parametrize("name", ["fashion_mnist", "mnist"])
def test_a_picture_keeps_every_pixel(name):
    pixels = read_idx(reading.HERE / f"{name}-train-images-idx3-ubyte.gz")
    pictures = reading.read(name)["picture"]
    for number in (0, 99, 199):
        opened = Image.open(io.BytesIO(pictures[number]))
        assert (opened.format, opened.mode) == ("PNG", "L")
        np.testing.assert_array_equal(np.asarray(opened), pixels[number])


def test_labels_go_with_their_pictures():
    """A known one: the first article of Fashion-MNIST is an ankle boot, the first digit a five."""
    assert reading.read("fashion_mnist")["label"].iloc[0] == "Ankle boot"
    assert reading.read("mnist")["label"].iloc[0] == "5"


def test_unpacked_files_give_the_same(tmp_path):
    paths = []
    for name in reading.FILES["mnist"]:
        paths.append(tmp_path / name.removesuffix(".gz"))
        paths[-1].write_bytes(gzip.decompress((reading.HERE / name).read_bytes()))
    assert mnist.read(*paths).equals(reading.read("mnist"))


def test_noisy_pictures_stand_beside_the_clean_ones_and_are_drawn_the_same_each_time():
    records, clean = reading.read("fashion_mnist_noisy"), reading.read("fashion_mnist")
    assert list(records) == ["id", "picture", "clean", "split"]
    assert records["clean"].equals(clean["picture"].rename("clean"))
    assert records.equals(reading.read("fashion_mnist_noisy"))
    noisy, truth = (
        np.stack([pixels(file) for file in records[name]]).astype(float)
        for name in ("picture", "clean")
    )
    inside = (truth > 100) & (truth < 155)  # where hardly any noise is cut off
    deviation = (noisy - truth)[inside].std()
    assert deviation == pytest.approx(fashion_mnist_noisy.DEVIATION, rel=0.05)
