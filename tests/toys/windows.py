"""Origins of a series that swings with a season of four moments, of heights that its past tells."""

import numpy as np
import pandas as pd

OPTIONS: dict[str, object] = {}
WINDOW, HORIZON, SEASON, DAY = 24, 4, 4, 86_400


def records(n, random):
    """Return rows of data/series.py, one origin after the other, whose past tells their level."""
    told = random.random(n)
    moments = np.arange(-WINDOW, HORIZON)
    swing = np.sin(2 * np.pi * moments / SEASON)
    rows = []
    for origin, level in enumerate(told):
        past = 10 * level + swing[:WINDOW] + random.normal(0, 0.1, WINDOW)
        rows.append(
            {
                "time": pd.Timestamp("2026-01-01") + pd.Timedelta(days=HORIZON * origin),
                "series": "",
                "seconds": (DAY * (moments + HORIZON * origin)).astype(np.int64) + 1_767_225_600,
                "past": past,
                "scale": 1.0,
                "season": SEASON,
                "known workday": (moments % 7 < 5).astype(float),
                "observed warmth": random.normal(size=WINDOW),
            }
        )
    return pd.DataFrame(rows), told


def strangers(records):
    """Return rows of a far higher level than any other."""
    return records.assign(past=[1000 + past for past in records["past"]], series="nowhere")
