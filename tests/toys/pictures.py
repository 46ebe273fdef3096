"""Small pictures of a bright square in the dark."""

import io

import numpy as np
import pandas as pd
from PIL import Image

SIDE = 12
OPTIONS = {"size": (SIDE, SIDE)}


def records(n, random):
    """Return pictures, of which the place of the square tells the number."""
    told = random.random(n)
    pixels = random.integers(0, 60, (n, SIDE, SIDE), dtype=np.uint8)
    for picture, place in zip(pixels, np.round(told * (SIDE - 4)).astype(int), strict=True):
        picture[place : place + 4, place : place + 4] += 180
    return pd.DataFrame({"picture": [_file(each) for each in pixels]}), told


def clean(told):
    """Return the file of a picture in which there is nothing but the square."""
    pixels = np.zeros((SIDE, SIDE), dtype=np.uint8)
    place = round(told * (SIDE - 4))
    pixels[place : place + 4, place : place + 4] = 210
    return _file(pixels)


def strangers(records):
    """Return pictures of nothing but light, and larger ones than others are."""
    size = 3 * SIDE
    return records.assign(picture=_file(np.full((size, size), 255, dtype=np.uint8)))


def _file(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()
