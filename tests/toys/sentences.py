"""Sentences of a subject, a verb, an article and an object; the order tells what a word is."""

import numpy as np
import pandas as pd

OPTIONS: dict[str, object] = {}
WORDS = {
    "NOUN": ["bank", "ship", "school", "army", "gold", "harbour"],
    "VERB": ["sees", "takes", "finds", "leaves"],
    "DET": ["the", "a", "that"],
    ".": [".", "?"],
}
BOTH = ["walk", "run", "play", "ship"]
"""A noun after an article, a verb after a noun."""


def records(n, random):
    """Return sentences, and a number that tells which article begins each."""
    told = random.random(n)
    return pd.DataFrame({"text": [" ".join(w for w, _ in _pairs(t)) for t in told]}), told


def tags(told):
    """Return the tags of the sentences that `records` makes of these numbers."""
    return [" ".join(tag for _, tag in _pairs(t)) for t in told]


def are_tags(target):
    """Tell whether a target is one of tags."""
    return isinstance(target, str) and set(target.split()) <= WORDS.keys()


def some_tags(text):
    """Return a tag for each word of a sentence."""
    return " ".join(["NOUN"] * len(text.split()))


def strangers(records):
    """Return sentences of words never read, of one word, and of strange letters."""
    texts = ["Zyzzyva", "the quetzal sees xylem ?", "Ω 3 naïve 日本 ."]
    return records.assign(text=(texts * len(records))[: len(records)])


def _pairs(told):
    random = np.random.default_rng(int(told * 2**32))

    def pick(tag):
        kinds = WORDS[tag] + (BOTH if tag in ("NOUN", "VERB") else [])
        return str(random.choice(kinds)), tag

    order = ["DET", "NOUN", "VERB", "DET", "NOUN", "."]
    if told > 0.5:
        order = ["DET", "NOUN", "VERB", "."]
    return [pick(tag) for tag in order]
