"""Pictures: by what can be said of any of them, how light, rich in contrast, sharp and large it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from caselab.data.pictures import pixels
from caselab.watching import categorical, numeric
from caselab.watching.changes import Change, Part

MOST = 5_000
"""Pictures that are looked at, evenly over all."""
FEATURES = ("brightness", "contrast", "sharpness")
SIZE = "size"


def summary(values: pd.Series) -> dict[str, Any]:
    """Return what is kept of pictures."""
    found = features(values)
    return {
        "kind": "pictures",
        "rows": len(values),
        SIZE: categorical.summary(found[SIZE]),
        **{name: numeric.summary(found[name]) for name in FEATURES},
    }


def compare(name: str, part: Part, known: dict[str, Any], values: pd.Series) -> list[Change]:
    """Hold pictures against those that are known: four comparisons."""
    found = features(values)
    return [
        *(
            numeric.compare(f"{name}: {feature}", part, known[feature], found[feature])
            for feature in FEATURES
        ),
        categorical.compare(f"{name}: {SIZE}", part, known[SIZE], found[SIZE]),
    ]


def features(values: pd.Series) -> pd.DataFrame:
    """Return brightness, contrast and sharpness (0 to 1) and the size of each picture."""
    places = np.unique(np.linspace(0, len(values) - 1, min(MOST, len(values))).round().astype(int))
    return pd.DataFrame(
        [_of(content) for content in values.iloc[places]], columns=[*FEATURES, SIZE]
    )


def _of(content: object) -> tuple[float, float, float, str | None]:
    """Return what is said of one picture; a file that is none has nothing."""
    try:
        seen = pixels(bytes(content))  # type: ignore[call-overload]
    except (OSError, ValueError, TypeError, SyntaxError):
        return np.nan, np.nan, np.nan, None
    grey = (seen if seen.ndim == 2 else seen.mean(axis=2)) / 255
    steps = [np.abs(np.diff(grey, axis=axis)) for axis in (0, 1)]
    sharpness = sum(float(step.mean()) for step in steps if step.size) / 2
    return float(grey.mean()), float(grey.std()), sharpness, f"{grey.shape[1]} by {grey.shape[0]}"
