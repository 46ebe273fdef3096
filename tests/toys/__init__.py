"""Small made-up rows for every kind of view and of problem, from which there is something to learn.

A view has a file here of its own name with `records(n, random)`, which returns records and a number
from 0 to 1 a row that they tell of, with `strangers(records)`, the same records as training has
never seen their like, and `OPTIONS` of the view. What a problem asks is made of that number by
`target`. A new view needs such a file; a new problem only where it has a target of a new kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from caselab import features, problems
from tests.toys import pictures, sentences, windows

N_LEARNED, N_ASKED = 120, 30


@dataclass(frozen=True)
class Toy:
    """Rows as a view shows them: to learn from, and to be asked about, a few of them strange."""

    X: Any
    y: pd.Series | None
    asked: Any
    asked_y: pd.Series | None


def views() -> list[str]:
    """Return the views that have toy records."""
    return sorted(file.stem for file in Path(__file__).parent.glob("*.py") if file.stem[0] != "_")


def of(view: str) -> ModuleType:
    """Return a view's file of this folder."""
    found = import_module(f"tests.toys.{view}") if view in views() else None
    lacking = [name for name in ("records", "strangers", "OPTIONS") if not hasattr(found, name)]
    assert not lacking, (
        f"The view {view!r} has no toy rows to be tried on: write tests/toys/{view}.py with "
        f"{' and '.join(lacking)}. It holds records(n, random), which returns n raw records and "
        "what they tell, n numbers from 0 to 1; strangers(records), which returns them with values "
        "that training never saw; and OPTIONS, the arguments of the view, which may be {}."
    )
    return found


def records(view: str, n: int, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return raw records of a view, and what they tell, `(n_samples,)` from 0 to 1."""
    return of(view).records(n, np.random.default_rng(seed))


def show(view: str, raw: pd.DataFrame) -> Any:
    """Return raw records as the view shows them."""
    return features.load(view).view(raw, **of(view).OPTIONS)


def rows(problem: str, view: str) -> Toy:
    """Return rows of a view with the target of a problem."""
    raw, told = records(view, N_LEARNED + N_ASKED)
    learn, ask = raw.iloc[:N_LEARNED], raw.iloc[N_LEARNED:]
    strange = of(view).strangers(ask.head(3))
    ask = pd.concat([ask, strange], ignore_index=True)
    return Toy(
        X=show(view, learn.reset_index(drop=True)),
        y=target(problem, told[:N_LEARNED]),
        asked=show(view, ask),
        asked_y=_of_asked(target(problem, told[N_LEARNED:]), strange),
    )


def _of_asked(y: pd.Series | None, strange: pd.DataFrame) -> pd.Series | None:
    """Return the targets of rows, and of the strange ones those of the first, or one a word."""
    if y is None:
        return None
    of_strange = y.head(len(strange))
    if "text" in strange and not isinstance(y.iloc[0], bytes) and y.map(sentences.are_tags).all():
        of_strange = strange["text"].map(sentences.some_tags).rename(y.name)
    return pd.concat([y, of_strange], ignore_index=True)


def target(problem: str, told: np.ndarray) -> pd.Series | None:
    """Return what a problem asks of rows that tell this, by the kind of its target."""
    kind = problems.load(problem).target
    if kind == "none":
        return None
    if kind == "numbers":
        return pd.Series(np.round(1 + 4 * told, 2), name="answer")
    if kind == "picture":
        return pd.Series([pictures.clean(each) for each in told], name="answer")
    if kind == "series":
        swing = np.sin(2 * np.pi * np.arange(windows.HORIZON) / windows.SEASON)
        return pd.Series([10 * level + swing for level in told], name="answer")
    if kind == "text":
        shares = np.array(["next to nothing", "about half of it", "nearly all of it"])
        return pd.Series(shares[np.digitize(told, [1 / 3, 2 / 3])], name="answer")
    if kind == "sequence":
        return pd.Series(sentences.tags(told), name="answer")
    assert kind == "classes", f"give {problem} toy targets: it asks for a {kind}"
    # The lexicon knows no other classes, and the others know any.
    classes = np.array(["negative", "neutral", "positive"])
    return pd.Series(classes[np.digitize(told, [1 / 3, 2 / 3])], name="answer")
