"""Buyers in columns of numbers, under the names that models of buying read."""

import numpy as np
import pandas as pd

OPTIONS: dict[str, object] = {}


def records(n, random):
    """Return buyers, of whom those who come more often spend more in the end."""
    told = random.random(n)
    tenure = random.uniform(100, 700, n)
    days_bought = 1 + random.poisson(1 + 8 * told)
    recency = np.where(days_bought > 1, tenure * random.uniform(0, 0.9, n), tenure)
    value = random.gamma(6, 5 + 5 * told)
    table = pd.DataFrame(
        {
            "days_bought": days_bought,
            "recency": recency,
            "tenure": tenure,
            "value_per_day": value,
            "spend_90": value * random.poisson(3 * told),
        }
    )
    return table, told


def strangers(records):
    """Return buyers who buy far more than any other did."""
    return records.assign(days_bought=400, value_per_day=1e5, recency=0.0)
