"""Made-up ratings in which there is something to learn."""

import numpy as np
import pandas as pd

GENRES = ("Action", "Comedy", "Drama", "Crime")


def ratings(
    n_users: int = 60, n_items: int = 40, share: float = 0.4, seed: int = 0
) -> pd.DataFrame:
    """Return ratings of 1 to 5 by users who like some genres and rate what they like more often."""
    random = np.random.default_rng(seed)
    told = random.random((n_items, len(GENRES))) < 0.4
    told[np.arange(n_items), np.arange(n_items) % len(GENRES)] = True
    taste = random.normal(size=(n_users, len(GENRES)))
    fame = random.normal(size=n_items)
    liking = (
        3.4 + 0.7 * (taste @ told.T) + 0.4 * fame + 0.3 * random.normal(size=(n_users, n_items))
    )
    odds = random.random((n_users, n_items)) < share * np.exp(0.3 * (liking - 3.4))
    user, item = np.nonzero(odds)
    order = random.permutation(len(user))
    user, item = user[order], item[order]
    genres = np.array(["|".join(np.array(GENRES)[row]) for row in told])
    return pd.DataFrame(
        {
            "id": [f"{u + 1}-{i + 1}" for u, i in zip(user, item, strict=True)],
            "user": (user + 1).astype(str),
            "item": (item + 1).astype(str),
            "rating": np.clip(np.round(liking[user, item]), 1, 5),
            "time": 880_000_000 + np.arange(len(user)),
            "position": np.arange(len(user)),
            "title": [f"Film {i + 1}" for i in item],
            "year": 1950.0 + item,
            "genres": genres[item],
            "age": 20 + user % 40,
            "gender": np.where(user % 2, "F", "M"),
            "occupation": np.where(user % 3, "artist", "lawyer"),
            "zip_code": "00000",
            "split": np.where(np.arange(len(user)) < len(user) // 5, "test", "train"),
        }
    )
