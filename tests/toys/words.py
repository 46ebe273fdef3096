"""Texts of a theme each, and of every fifth row two words of one theme or of two."""

import pandas as pd

from tests.toys.text import THEMES

OPTIONS: dict[str, object] = {}
KINDS = ("relatedness", "similarity", "analogy")


def records(n, random):
    """Return texts and questions, of which the number tells whether two words are of one theme."""
    told = random.random(n)
    rows = [_row(place, mood, random) for place, mood in enumerate(told)]
    return pd.DataFrame(rows, columns=["text", "asked"]), told


def strangers(records):
    """Return a text without a word, words never read, and an analogy of too few."""
    asked = ["", "relatedness", "analogy"]
    texts = ["?!", "Quetzal zyzzyva", "quetzal bank"]
    return records.assign(text=texts[: len(records)], asked=asked[: len(records)])


def _row(place, told, random):
    theme, other = (THEMES[number].split() for number in random.choice(len(THEMES), 2, False))
    if place % 5:
        return f"The {' '.join(random.permutation([*theme, *theme]))}!", ""
    kind = KINDS[place // 5 % len(KINDS)]
    if kind == "analogy":
        return f"{theme[0]} {theme[1]} {other[0]} {other[1]}", kind
    return f"{theme[0]} {theme[3] if told > 0.5 else other[3]}", kind
