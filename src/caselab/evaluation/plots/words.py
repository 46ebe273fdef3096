"""Informative words: which ones a pipeline reads its answers from."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from caselab.evaluation.plots.style import (
    BLUE,
    INK,
    MUTED,
    PALETTE,
    VERMILION,
    Plot,
    canvas,
    fitting,
)
from caselab.evaluation.report import Report

TOP, MOST_CLASSES, IN_A_ROW = 10, 12, 4
FEWEST, MOST_WORDS, EXAMPLES = 5, 40, 6
"""Words of a text that is shown as an example, and how many such texts."""
LEAST = 1e-6
"""Of a probability, so that its odds are finite."""

_MONO: dict[str, Any] = {"family": "DejaVu Sans Mono", "size": 8.5}
_LETTER = 0.602 * 8.5 / 72  # inches; every letter of that font is as wide
_LINE = 0.19  # inches


def words(report: Report) -> Plot | None:
    """Draw what words add to a class's score where it is decided, for what weighs words one by one."""
    weights, names = _weights(report), _terms(report)
    if weights is None or names is None or weights.shape[1] != len(names):
        return None
    classes = [str(label) for label in report.estimator[-1].classes_]
    table = _added(report, weights, names, classes)
    shown = [name for name in classes if name in set(table["class"])][:MOST_CLASSES]
    columns = min(len(shown), IN_A_ROW)
    rows = -(-len(shown) // columns)
    figure, axes = canvas(
        f"Words that {report.pipeline} goes by",
        f"{report.subject}\nMean of what a word adds to a class's score in the texts decided so; "
        f"all on one scale{_of_all(len(shown), len(set(table['class'])))}\n",
        width=max(6.4, 2.1 * columns + 0.3),
        height=1.2 + 2 * rows,
        left=0.95,
        bottom=0.3,
        spread=0.75 if columns > 2 else 0.5,
        nrows=rows,
        ncols=columns,
        squeeze=False,
    )
    figure.subplots_adjust(hspace=0.28)
    most = float(table["added"].max())
    for number, axis in enumerate(axes.ravel()):
        if number >= len(shown):
            axis.set_axis_off()
            continue
        top = table[table["class"] == shown[number]].head(TOP)[::-1]
        axis.barh(range(len(top)), top["added"], color=PALETTE[number % len(PALETTE)], height=0.7)
        axis.set_yticks(range(len(top)), [_short(word) for word in top["word"]], size=7)
        for place, added in enumerate(top["added"]):
            axis.text(added + 0.02 * most, place, f"{added:.2g}", size=6, va="center", color=MUTED)
        axis.set_xlim(0, 1.22 * most)
        axis.set_title(shown[number], color=INK, weight="bold", size=8.5, pad=4)
        axis.tick_params(axis="x", labelsize=6.5)
        axis.locator_params(axis="x", nbins=3)
        axis.grid(visible=False, axis="y")
    return Plot(figure, table.groupby("class", sort=False).head(5 * TOP).reset_index(drop=True))


def _of_all(drawn: int, decided: int) -> str:
    """Say how many classes are left out of a picture."""
    return f" · {drawn} of {decided} classes" if drawn < decided else ""


def examples(report: Report) -> Plot | None:
    """Draw by how much each word of some texts moves the answer: it is asked again without it."""
    texts = _texts(report)
    if texts is None or report.answer is None or not hasattr(report.estimator[-1], "classes_"):
        return None
    parts = [_moved(report, texts, row) for row in _typical(report, texts)]
    if not parts:
        return None
    table = pd.concat(parts, ignore_index=True)
    strongest = float(table["moved"].abs().max()) or 1.0
    lines = [list(_wrapped(part["word"], 92)) for part in parts]
    heights = [_LINE * (len(of_text) + 1.9) for of_text in lines]
    figure, axes = canvas(
        f"What {report.pipeline} reads in a text",
        f"{report.case.title} · a typical test text for each answer\nBlue words speak for the "
        f"answer, red ones against it: the log-odds it loses without the word, at most {strongest:.2g}",
        width=7.2,
        height=0.95 + sum(heights),
        left=0.2,
        right=0.2,
        bottom=0.05,
    )
    axes.set_axis_off()
    axes.set(xlim=(0, 6.8), ylim=(sum(heights), 0))
    top = 0.0
    for part, of_text, height in zip(parts, lines, heights, strict=True):
        _draw(axes, part, of_text, top, strongest)
        top += height
    return Plot(figure, table, of_rows=True)


def _weights(report: Report) -> np.ndarray | None:
    """Return what a unit of each term adds to each class `(n_classes, n_terms)`."""
    if report.estimator is None:
        return None
    model = report.estimator[-1]
    if not hasattr(model, "classes_"):
        return None
    if hasattr(model, "feature_log_prob_"):
        found = np.asarray(model.feature_log_prob_)
        return found - (found.sum(0) - found) / max(1, len(found) - 1)
    if not hasattr(model, "coef_"):
        return None
    found = np.asarray(model.coef_)
    return np.concatenate([-found, found]) if len(found) == 1 else found


def _terms(report: Report) -> np.ndarray | None:
    """Return the terms that the pipeline makes of a text, where it makes columns of them."""
    names = getattr(report.estimator[0], "get_feature_names_out", None)
    return None if _texts(report) is None or names is None else np.asarray(names())


def _texts(report: Report) -> pd.Series | None:
    """Return the test texts, where the view shows one column of text."""
    X = report.X
    if not isinstance(X, pd.DataFrame) or X.shape[1] != 1 or report.estimator is None:
        return None
    return X.iloc[:, 0].astype(str)


def _added(
    report: Report, weights: np.ndarray, names: np.ndarray, classes: list[str]
) -> pd.DataFrame:
    """Return the words of each class that was decided, those that add most first."""
    found = report.estimator[:-1].transform(report.X)
    decided = report.decided.astype(str).to_numpy()
    parts = []
    for of_class, name in zip(weights, classes, strict=True):
        rows = np.flatnonzero(decided == name)
        if len(rows):
            added = np.asarray(found[rows].mean(axis=0)).ravel() * of_class
            order = np.argsort(-added, kind="stable")
            order = order[added[order] > 0]
            parts.append(pd.DataFrame({"class": name, "word": names[order], "added": added[order]}))
    return pd.concat(parts, ignore_index=True)


def _typical(report: Report, texts: pd.Series) -> Iterator[int]:
    """Yield for each answer the text of middling certainty, among those of a readable length."""
    length = texts.str.count(r"\S+").fillna(0)
    readable = length.between(FEWEST, MOST_WORDS).to_numpy()
    decided = report.decided.astype(str).to_numpy()
    for name in sorted(set(decided))[:EXAMPLES]:
        rows = np.flatnonzero(readable & (decided == name))
        if len(rows) and name in report.answers:
            certainty = report.answers[name].to_numpy()[rows]
            yield int(rows[np.argsort(certainty, kind="stable")[len(rows) // 2]])


def _moved(report: Report, texts: pd.Series, row: int) -> pd.DataFrame:
    """Return the words of a text with what each adds to the log-odds of the answer."""
    assert isinstance(report.X, pd.DataFrame)
    assert report.answer is not None
    spoken = texts.iloc[row].split()
    without = [" ".join(spoken[:i] + spoken[i + 1 :]) for i in range(len(spoken))]
    asked = pd.DataFrame({report.X.columns[0]: [texts.iloc[row], *without]})
    name = str(report.decided.iloc[row])
    probability = report.answer(report.estimator, asked)[name].to_numpy().clip(LEAST, 1 - LEAST)
    odds = np.log(probability / (1 - probability))
    return pd.DataFrame(
        {
            "id": report.ids.iloc[row],
            "decided": name,
            "target": None if report.y is None else str(report.y.iloc[row]),
            "probability": probability[0],
            "place": range(len(spoken)),
            "word": spoken,
            "moved": odds[0] - odds[1:],
        }
    )


def _wrapped(found: pd.Series, width: int) -> Iterator[list[tuple[int, int]]]:
    """Yield lines of `(place of a word, letters before it)`, no line longer than `width` letters."""
    line: list[tuple[int, int]] = []
    at = 0
    for place, word in enumerate(found):
        if line and at + len(_short(word)) > width:
            yield line
            line, at = [], 0
        line.append((place, at))
        at += len(_short(word)) + 1
    yield line


def _draw(
    axes: Axes, part: pd.DataFrame, lines: list[list[tuple[int, int]]], top: float, strongest: float
) -> None:
    """Draw one text under a line that says what was answered; places are in inches."""
    first = part.iloc[0]
    right = "" if first["target"] in {None, first["decided"]} else f", is {first['target']}"
    heading = f"{first['decided']} ({first['probability']:.0%}{right})"
    axes.text(0, top + _LINE, heading, weight="bold", size=fitting(heading, 8.5, 6.8), color=INK)
    for number, line in enumerate(lines):
        y = top + _LINE * (number + 1.35)
        for place, letters in line:
            word, moved = _short(part["word"].iloc[place]), part["moved"].iloc[place]
            x, wide = letters * _LETTER, len(word) * _LETTER
            color, strength = (BLUE if moved > 0 else VERMILION), abs(moved) / strongest
            box = Rectangle((x, y), wide, 0.85 * _LINE, color=color, alpha=0.75 * strength, lw=0)
            axes.add_patch(box)
            shade = INK if strength > 0.02 else MUTED
            axes.text(x, y + 0.64 * _LINE, word, color=shade, parse_math=False, **_MONO)


def _short(word: str, most: int = 18) -> str:
    """Leave out the middle of a long word, and show a space at an end."""
    word = word if word == word.strip() else word.replace(" ", "␣")
    return word if len(word) <= most else f"{word[: most // 2]}…{word[-most // 2 + 1 :]}"
