import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="package")
def odd() -> pd.DataFrame:
    """A table that nobody prepared."""
    random, rows = np.random.default_rng(0), 400
    goes = random.random(rows) < 0.3
    days = pd.date_range("2020-01-01", periods=rows)
    forms = random.choice(["%Y-%m-%d", "%d.%m.%Y", "%b %d, %Y"], rows)
    words = ["good", "bad", "very", "room", "bed", "cold"]
    return pd.DataFrame(
        {
            "Unnamed: 0": range(rows),
            "Größe in m²": [f"{size:,.2f} m²" for size in random.gamma(3, 900, rows)],
            "100%": random.random(rows) + goes,
            "class": random.choice([f"k{kind}" for kind in range(200)], rows),
            "Class": random.integers(0, 5, rows),
            "2021": np.where(random.random(rows) < 0.4, np.nan, random.integers(0, 90, rows)),
            "day": [day.strftime(form) for day, form in zip(days, forms, strict=True)],
            "us": days.strftime("%m/%d/%Y"),
            "zip": [f"{code:05d}" for code in random.integers(1, 60, rows)],
            "const": "x",
            "void": None,
            "flag": random.choice(["yes", "no"], rows),
            "bit": random.integers(0, 2, rows),
            "truth": random.random(rows) < 0.5,
            "review": [" ".join(random.choice(words, 9)) + f" {row}" for row in range(rows)],
            "mixed": random.choice(["1", "2.5", "?", "7"], rows, p=[0.4, 0.3, 0.02, 0.28]),
            "really mixed": random.choice(["1", "2.5", "red", "7 up"], rows),
            "copy": np.where(goes, "J", "N"),
            "Geht weg?": np.where(goes, "ja", "nein"),
        }
    )
