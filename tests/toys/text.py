"""Texts of some sentences: words of a theme, and words that praise or blame."""

import numpy as np
import pandas as pd

OPTIONS: dict[str, object] = {}
THEMES = (
    "bank money gold price market trade",
    "ship navy sea harbour sailor storm",
    "school child teacher lesson book class",
    "army war soldier general peace border",
)
PRAISE, BLAME = "good great happy excellent love", "bad terrible sad awful hate"


def records(n, random):
    """Return texts, of which the share of words of praise tells the mood."""
    told = random.random(n)
    return pd.DataFrame({"text": [_text(mood, random) for mood in told]}), told


def strangers(records):
    """Return an empty text, one of signs alone, and others of words never read."""
    texts = ["", "?!, ...", *["Quetzal zyzzyva, xylem 42!"] * len(records)]
    return records.assign(text=texts[: len(records)])


def _text(mood, random):
    theme = THEMES[random.integers(len(THEMES))].split()
    moods = random.permutation([*PRAISE.split()] if random.random() < mood else [*BLAME.split()])
    words = random.permutation(np.concatenate([random.choice(theme, 6), moods[:4]]))
    return f"The {' '.join(words[:5])}. It's a {' '.join(words[5:])}!"
