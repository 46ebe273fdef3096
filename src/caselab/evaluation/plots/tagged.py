"""Pictures of tags: which are taken for which, how well each is told, and errors amid their words."""

from collections import Counter

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from caselab.evaluation.metrics.tagging import WORDS, Places, confusion, places
from caselab.evaluation.plots.style import (
    BLUE,
    FAINT_TO_BLUE,
    INK,
    MUTED,
    VERMILION,
    Plot,
    canvas,
    text_width,
)
from caselab.evaluation.report import Report
from caselab.numbers import percent

CONFUSIONS, EXAMPLES = 8, 2
"""Pairs of a tag and what it was taken for that are shown, and words of each."""
AROUND = 44
"""Letters that are shown on each side of a word."""
DARKEST = 0.1
"""Share of a tag that is taken for another, from which on it is drawn as dark as can be."""
MOST_TAGS = 30
"""That a picture has room for: the commonest."""


def confused(report: Report) -> Plot:
    """Draw how many words of each tag were given each; the table has one line per pair of tags."""
    counts = confusion(report.truth, report.answers)
    shown = counts.sum(axis=1).sort_values(ascending=False).index[:MOST_TAGS]
    whole = counts.sum(axis=1)
    seen = counts.loc[shown, shown].to_numpy()
    shares = seen / np.maximum(whole[shown].to_numpy()[:, np.newaxis], 1)
    cells = 0.56 * max(len(shown), 6)
    left = 0.55 + max(text_width(str(name), 8) for name in shown)
    figure, axes = canvas(
        f"Tags that {report.pipeline} gives",
        f"{report.subject} · {int(whole.sum()):,} words · {report.score('accuracy')}\n"
        "Words of each tag by the tag they were given; shares are of the true tag, empty: none",
        width=left + cells + 0.3,
        height=cells + 1.6,
        left=left,
        bottom=0.72,
    )
    off = np.where(np.eye(len(shown), dtype=bool), 0, shares)
    errors_alone = np.where(np.eye(len(shown), dtype=bool), np.nan, off)
    axes.imshow(errors_alone, cmap=FAINT_TO_BLUE, vmin=0, vmax=DARKEST)
    for (row, column), count in np.ndenumerate(seen):
        if not count:
            continue
        right = row == column
        dark = not right and off[row, column] > 0.6 * DARKEST
        color = INK if right else "white" if dark else MUTED
        size = {"size": 7, "weight": "bold" if right else "normal", "color": color}
        axes.text(column, row, f"{count:,}", ha="center", va="bottom", **size)
        axes.text(column, row + 0.08, percent(shares[row, column]), ha="center", va="top", **size)
    axes.set_xticks(range(len(shown)), shown, rotation=90)
    axes.set_yticks(range(len(shown)), shown)
    axes.set(xlabel="Given", ylabel="True")
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    table = counts.rename_axis("actual").reset_index()
    table = table.melt("actual", var_name="predicted", value_name="words")
    return Plot(figure, table[table["words"] > 0].reset_index(drop=True))


def accuracies(report: Report) -> Plot:
    """Draw the share of words rightly tagged, tag by tag, of known words and of those never seen."""
    found = places(report.truth, report.answers)
    right = found.truth == found.said
    rows = []
    for number, name in enumerate(found.names):
        of_tag = found.truth == number
        for seen, words in (("known", of_tag & found.known), ("unseen", of_tag & ~found.known)):
            if words.any():
                rows.append((name, seen, int(words.sum()), float(right[words].mean())))
    table = pd.DataFrame(rows, columns=["tag", "words", "number", "accuracy"])
    order = table.groupby("tag")["number"].sum().sort_values(ascending=False).index[:MOST_TAGS]
    figure, axes = canvas(
        f"Words that {report.pipeline} tags rightly",
        f"{report.subject} · {report.score('accuracy')}\n{report.score('unseen_accuracy')}",
        height=1.5 + 0.27 * len(order),
        left=0.35 + max(text_width(str(name), 8) for name in order),
        right=1.5,
    )
    for seen, color, shape in (("known", BLUE, "o"), ("unseen", VERMILION, "s")):
        of_kind = table[table["words"] == seen].set_index("tag").reindex(order)
        axes.scatter(of_kind["accuracy"], range(len(order)), color=color, marker=shape, s=26)
        for place, n in enumerate(of_kind["number"]):
            if n == n:
                x = 1.03 if seen == "known" else 1.2
                axes.text(x, place, f"{int(n):,}", color=color, size=7.5, va="center")
    top = -0.9
    axes.text(1.03, top, "known", color=BLUE, size=8, weight="bold")
    axes.text(1.2, top, "unseen", color=VERMILION, size=8, weight="bold")
    axes.set_yticks(range(len(order)), order)
    axes.set(xlabel="Share tagged rightly", ylim=(len(order) - 0.5, -0.6), xlim=(-0.02, 1.02))
    return Plot(figure, table)


def errors(report: Report) -> Plot | None:
    """Draw words that were tagged wrongly amid those around them, of the commonest confusions.

    None where the answers are no tags, or nothing is wrong. The table has one line per wrong word.
    """
    if WORDS not in report.answers or report.y is None:
        return None
    found = places(report.truth, report.answers)
    wrong = np.flatnonzero(found.truth != found.said)
    if not len(wrong):
        return None
    table = _wrong(report, found, wrong)
    pairs = Counter(zip(table["actual"], table["predicted"], strict=True)).most_common(CONFUSIONS)
    height = 0.98 + sum(0.26 + 0.19 * min(count, EXAMPLES) for _, count in pairs)
    figure, axes = canvas(
        f"Errors of {report.pipeline}",
        f"{report.subject} · {len(wrong):,} of {len(found.row):,} words have another tag than their own\n"
        "Words of the commonest confusions, amid those around them",
        width=8.2,
        height=height,
        left=0.15,
        right=0.15,
        bottom=0.05,
    )
    axes.set_axis_off()
    axes.set(xlim=(-1, 1), ylim=(height - 0.98, 0))
    y = 0.1
    for (actual, predicted), count in pairs:
        said = f"{actual}, taken for {predicted}: {count:,} words"
        axes.text(-1, y, said, color=INK, size=8.5, weight="bold", va="center")
        of_pair = table[(table["actual"] == actual) & (table["predicted"] == predicted)]
        for example in of_pair.drop_duplicates("word").head(EXAMPLES).itertuples():
            y += 0.19
            _in_context(axes, y, str(example.before), str(example.word), str(example.after))
        y += 0.26
    columns = ["id", "word", "actual", "predicted", "known"]
    return Plot(figure, table[columns], of_rows=True)


def _in_context(axes: Axes, y: float, before: str, word: str, after: str) -> None:
    """Write a word in the middle, with what stands before and after it, as a concordance does."""
    half = text_width(word, 8) / 7.9 + 0.012  # of the axes' width, which are 2 wide
    axes.text(0, y, word, color=VERMILION, size=8, weight="bold", ha="center", va="center")
    axes.text(-half, y, before[-AROUND:], color=MUTED, size=8, ha="right", va="center")
    axes.text(half, y, after[:AROUND], color=MUTED, size=8, ha="left", va="center")


def _wrong(report: Report, found: Places, wrong: np.ndarray) -> pd.DataFrame:
    """Return the words with another tag than their own, and what stands around them."""
    sentences = [words.split() for words in report.answers[WORDS]]
    starts = np.searchsorted(found.row, np.arange(len(sentences)))
    rows = []
    for place in wrong:
        row = int(found.row[place])
        inside, words = int(place - starts[row]), sentences[row]
        rows.append(
            {
                "id": report.ids.iloc[row],
                "word": words[inside],
                "actual": found.names[found.truth[place]],
                "predicted": found.names[found.said[place]],
                "known": bool(found.known[place]),
                "before": " ".join(words[:inside]),
                "after": " ".join(words[inside + 1 :]),
            }
        )
    return pd.DataFrame(rows)
