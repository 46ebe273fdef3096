"""Categories: kept as counts, compared by the chi-square test, what is rare by Fisher's exact one.

The chi-square test is an approximation that fails where few rows are expected: one row of a category
that was never seen would be an alarm. So categories of which the watched rows hold less than five,
as both together lead to expect, are counted as one, new ones among them, and that one is tested against
all others exactly. The effect is the total variation distance: the share of rows that would have to
change their category.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from caselab import numbers
from caselab.watching import changes
from caselab.watching.changes import Bars, Change, Part

EXPECTED = 5.0
"""Rows, from which on the approximation holds (Cochran, 1954)."""
MISSING = "(missing)"
REST = "(others)"
SHOWN = 12


def summary(values: pd.Series) -> dict[str, Any]:
    """Return what is kept of categories: how often each occurs."""
    counts = words(values).value_counts()
    return {
        "kind": "categories",
        "rows": len(values),
        "counts": {str(name): int(count) for name, count in counts.items()},
    }


def compare(name: str, part: Part, known: dict[str, Any], values: pd.Series) -> Change:
    """Hold categories against those that are known."""
    counted = words(values).value_counts()
    before = pd.Series(known["counts"], dtype=float)
    new = [str(each) for each in counted.index if each not in before.index]
    both = pd.DataFrame({"before": before, "now": counted.astype(float)}).fillna(0.0)
    n, m = float(known["rows"]), float(len(values))
    rare = (both.sum(axis=1) * min(n, m) / (n + m) < EXPECTED).to_numpy()
    common, rest = both[~rare].to_numpy(), both[rare].sum().to_numpy()
    cells = np.vstack([common, rest]) if rare.any() else common
    shares = cells / np.array([n, m])
    order = both.sum(axis=1).sort_values(ascending=False, kind="stable").index[:SHOWN]
    drawn = both.loc[order] / [n, m]
    left = 1 - drawn.sum()
    return Change(
        name=name,
        part=part,
        p=p_value(common, rest if rare.any() else None),
        effect=float(np.abs(shares[:, 0] - shares[:, 1]).sum() / 2),
        before=_shown(before, n),
        now=_shown(counted, m),
        psi=changes.psi(cells[:, 0], cells[:, 1]),
        note=_new(new, counted, m),
        bars=Bars(
            labels=(*map(str, order), *([REST] if len(both) > SHOWN else [])),
            before=(*drawn["before"].tolist(), *([left["before"]] if len(both) > SHOWN else [])),
            now=(*drawn["now"].tolist(), *([left["now"]] if len(both) > SHOWN else [])),
        ),
    )


def p_value(common: np.ndarray, rare: np.ndarray | None = None) -> float:
    """Return how likely two samples differ so much by chance.

    Args:
        common: counts `(n_categories, 2)` of categories that are frequent enough.
        rare: counts `(2,)` of all others together.
    """
    found = []
    if len(common) == 2:
        found.append(stats.fisher_exact(common.astype(int)).pvalue)
    elif len(common) > 2 and common.any(axis=0).all():  # else all rows of a sample are rare
        found.append(stats.chi2_contingency(common, correction=False).pvalue)
    if rare is not None and rare.sum() and common.sum():
        found.append(stats.fisher_exact(np.vstack([common.sum(axis=0), rare]).astype(int)).pvalue)
    return float(min(1.0, len(found) * min(found))) if found else 1.0


def words(values: pd.Series) -> pd.Series:
    """Return categories as the texts they are counted by; 1.0, 1 and True are the same."""
    gaps = values.isna()
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        written = values.astype("float64").map("{:g}".format)
    else:
        written = values.astype(str)
    return written.astype(object).mask(gaps, MISSING)


def _shown(counts: pd.Series, rows: float) -> str:
    """Return the most frequent categories with their shares."""
    first = counts.sort_values(ascending=False, kind="stable").head(3)
    return ", ".join(
        f"{_short(str(name))} {numbers.percent(count / rows)}" for name, count in first.items()
    )


def _new(new: list[str], counted: pd.Series, rows: float) -> str:
    if not new:
        return ""
    share = numbers.percent(float(counted[new].sum()) / rows)
    told = ", ".join(repr(_short(each)) for each in new[:3]) + (", …" if new[3:] else "")
    return f"never learned: {told}, {share} of the rows"


def _short(word: str) -> str:
    return word if len(word) <= 24 else f"{word[:23]}…"
