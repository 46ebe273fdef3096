"""Machines in a table: numbers, categories, a flag, a date, and gaps."""

import numpy as np
import pandas as pd

OPTIONS: dict[str, object] = {}


def records(n, random):
    """Return machines, of which hours and make tell the wear."""
    hours, make = random.uniform(0, 100, n), random.integers(3, size=n)
    told = np.clip(hours / 100 * 0.8 + make * 0.1, 0, 1)
    table = pd.DataFrame(
        {
            "hours": hours,
            "weight": np.where(random.random(n) < 0.1, np.nan, random.normal(50, 10, n)),
            "repairs": random.integers(0, 9, n),
            "make": np.array(["north", "east", "south"])[make],
            "indoors": random.random(n) < 0.5,
            "bought": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 999, n), "D"),
        }
    )
    return table, told


def strangers(records):
    """Return machines of a make that nobody knows, far heavier, and with gaps."""
    odd = records.assign(make="elsewhere", weight=1e6, hours=np.nan)
    return odd.assign(make=odd["make"].where(np.arange(len(odd)) > 0, None))
