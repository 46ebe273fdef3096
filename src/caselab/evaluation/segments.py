"""Segments: the name and the strategy that a cluster's numbers suggest.

A cluster is described by its levels: of each feature the share of all training rows that lie below
the cluster's median, from 0 to 1, 0.5 in the middle. Where the features tell recency, frequency and
monetary value, the rules below name customers; elsewhere a cluster is named after the features in
which it is furthest from the middle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

NOISE = -1
FAR = 0.2
"""How far from the middle a level must be to be worth a word."""


@dataclass(frozen=True)
class Rule:
    """A name for the clusters whose levels fit, and what to do for their rows."""

    name: str
    fits: Callable[[pd.Series], bool]
    when: str
    strategy: str


CUSTOMERS = (
    Rule(
        "champions",
        lambda level: level.recency <= 0.4 and level.frequency >= 0.7 and level.monetary >= 0.7,
        "recency at most 0.4, frequency and monetary at least 0.7",
        "reward and keep: a named contact, early access, no discounts",
    ),
    Rule(
        "often sends back",
        lambda level: level.get("returns", 0) >= 0.85,
        "returns at least 0.85",
        "find the reason: what they send back, its pictures and packing",
    ),
    Rule(
        "at risk",
        lambda level: level.recency > 0.6 and max(level.frequency, level.monetary) >= 0.5,
        "recency above 0.6, frequency or monetary at least 0.5",
        "win back: ask why in person, an offer with an end date",
    ),
    Rule(
        "new",
        lambda level: (
            level.recency <= 0.5 and level.frequency < 0.5 and level.get("tenure", 1) < 0.35
        ),
        "recency at most 0.5, frequency below 0.5, tenure below 0.35",
        "welcome: a reason for the second order within a month",
    ),
    Rule(
        "loyal",
        lambda level: level.recency <= 0.6 and level.frequency >= 0.5,
        "recency at most 0.6, frequency at least 0.5",
        "sell more: bundles, points, previews of the next range",
    ),
    Rule(
        "promising",
        lambda level: level.recency <= 0.5,
        "recency at most 0.5",
        "raise frequency: reminders when the last order is used up",
    ),
    Rule(
        "hibernating",
        lambda level: level.recency > 0.5 and level.frequency < 0.5,
        "recency above 0.5, frequency below 0.5",
        "spend little: one seasonal mail, no costly contact",
    ),
    Rule("occasional", lambda _: True, "all others", "remind before the season they buy in"),
)
"""In this order; the first that fits names the cluster."""


def levels(pipeline: Pipeline) -> pd.DataFrame:
    """Return the levels of a fitted pipeline's clusters `(n_clusters, n_features)`."""
    model = pipeline[-1]
    try:
        names = [str(name) for name in pipeline[:-1].get_feature_names_out()]
    except (AttributeError, ValueError):  # a step that names nothing
        names = [f"feature {number}" for number in range(model.levels_.shape[1])]
    return pd.DataFrame(model.levels_, columns=names)


def describe(pipeline: Pipeline) -> pd.DataFrame:
    """Return `segment` (name) and `strategy` of each cluster, indexed by its number; noise is -1.

    Names are different: what two clusters share is told apart by the feature in which they differ
    most.
    """
    level = levels(pipeline)
    customers = {"recency", "frequency", "monetary"} <= {*level.columns}
    rows = [_named(row, customers) for _, row in level.iterrows()]
    if len(rows) == 1:
        rows = [("everyone", "treat all alike: nothing tells them apart")]
    found = pd.DataFrame(rows, columns=["segment", "strategy"])
    found["segment"] = _apart(found["segment"], level)
    found.loc[NOISE] = ("unlike any", "look at one by one: no segment is like them")
    return found


def _named(level: pd.Series, customers: bool) -> tuple[str, str]:
    if customers:
        rule = next(rule for rule in CUSTOMERS if rule.fits(level))
        return rule.name, rule.strategy
    far = (level - 0.5).abs().sort_values(ascending=False, kind="stable").index[:2]
    words = [_worded(level, name) for name in far if abs(level[name] - 0.5) >= FAR]
    name = ", ".join(words) or "in the middle"
    return name, f"treat as rows with {name}" if words else "treat as the usual row"


def _apart(names: pd.Series, level: pd.DataFrame) -> list[str]:
    told: list[Any] = names.tolist()
    for name in names[names.duplicated()].unique():
        same = names.index[names == name]
        spread = np.ptp(level.loc[same].to_numpy(), axis=0)
        feature = level.columns[int(spread.argmax())]
        order = level.loc[same, feature].sort_values(kind="stable").index
        degrees = [f"{number + 1} of {len(same)} by" for number in range(len(same))]
        if len(same) == 2:
            degrees = ["low", "high"]
        for place, degree in zip(order, degrees, strict=True):
            told[place] = f"{name}, {degree} {feature}"
    return told


def _worded(level: pd.Series, name: Any) -> str:
    return f"{'high' if level[name] > 0.5 else 'low'} {name}"
