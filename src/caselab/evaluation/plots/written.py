"""Pictures of written sentences: hits and misses, greedy beside beams, and what was looked at."""

import textwrap
from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation import intervals
from caselab.evaluation.metrics.generation import TEXT, bleu, chrf
from caselab.evaluation.plots.style import (
    BLUE,
    FAINT_TO_BLUE,
    GREEN,
    INK,
    MUTED,
    VERMILION,
    Plot,
    canvas,
    name_lines,
)
from caselab.evaluation.report import Report
from caselab.sequences.decoding import Strategy

SHOWN, LETTERS = 10, 112
WIDTHS = (1, 2, 4, 8)
WIDE, ROWS_A_WIDTH = 4, 400
LOOKS, MOST_TOKENS = 4, 22
FAR, EQUAL = 30.0, 99.9
"""chrF below which a sentence is a miss, and above which it is the one that was asked for."""


def examples(report: Report) -> Plot | None:
    """Draw sentences from the worst to the best, with what was asked for; the table has all rows."""
    given = _given(report)
    if report.y is None or given is None:
        return None
    table = pd.DataFrame(
        {
            "id": report.ids,
            "given": given,
            "written": report.answers[TEXT].astype(str),
            "asked": report.y.astype(str),
            "chrf": chrf(report.y, report.answers, np.eye(len(given))),
        }
    )
    order = np.argsort(table["chrf"].to_numpy(), kind="stable")
    places = order[np.linspace(0, len(order) - 1, min(SHOWN, len(order))).round().astype(int)]
    figure, axes = canvas(
        f"What {report.pipeline} writes",
        f"{report.subject}, of which these are from the worst to the best by chrF: what was given, "
        f"written, asked for\n{report.score('chrf')} · {report.score('bleu')}",
        width=7.2,
        height=0.95 + 0.56 * len(places),
        left=0.2,
        right=0.2,
        bottom=0.05,
    )
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(len(places), 0))
    for row, place in enumerate(places):
        found: Any = table.iloc[place]
        color = GREEN if found["chrf"] >= EQUAL else VERMILION if found["chrf"] < FAR else BLUE
        axes.text(0, row + 0.42, f"{found['chrf']:.0f}", size=9, color=color, weight="bold")
        lines = (
            (found["given"], MUTED),
            (found["written"] or "(nothing)", color),
            (found["asked"], INK),
        )
        for line, (text, shade) in enumerate(lines):
            axes.text(
                0.06,
                row + 0.2 + 0.27 * line,
                textwrap.shorten(text, LETTERS, placeholder=" …"),
                size=7,
                color=shade,
                parse_math=False,
            )
    return Plot(figure, table, of_rows=True)


def widths(report: Report) -> Plot | None:
    """Draw BLEU and chrF by the width of a beam; 1 is greedy. The same test rows each time.

    The table has for each width also what chrF gains over greedy, with a paired interval.
    """
    writer: Any = None if report.estimator is None else report.estimator[-1]
    if report.y is None or report.X is None or not hasattr(writer, "generate"):
        return None
    n_rows = min(ROWS_A_WIDTH, len(report.ids))
    X = report.X.iloc[:n_rows] if isinstance(report.X, pd.DataFrame) else report.X[:n_rows]
    shown, asked = report.estimator[:-1].transform(X), report.y.iloc[:n_rows]
    drawn = np.concatenate([*intervals.resamples(report.units[:n_rows], seed=report.seed)])
    rows, greedy = [], np.zeros(len(drawn))
    for width in WIDTHS:
        strategy = Strategy("greedy" if width == 1 else "beam", width=width)
        texts = pd.DataFrame({TEXT: pd.Series(writer.generate(shown, strategy), dtype=object)})
        of_drawn = chrf(asked, texts, drawn)
        greedy = of_drawn if width == 1 else greedy
        ends = intervals.percentile(of_drawn - greedy)
        rows.append((width, bleu(asked, texts), chrf(asked, texts), *ends))
    table = pd.DataFrame(rows, columns=["width", "bleu", "chrf", "gain_low", "gain_high"])
    table.insert(3, "gain", table["chrf"] - table["chrf"].iloc[0])
    of_wide: Any = table[table["width"] == WIDE].iloc[0]
    figure, axes = canvas(
        f"Greedy and beams of {report.pipeline}",
        f"{report.case.title} · {n_rows:,} test rows; a beam of 1 is greedy\n"
        f"A beam of {WIDE} gains {of_wide['gain']:.2f} chrF (95 % interval "
        f"{of_wide['gain_low']:.2f} to {of_wide['gain_high']:.2f})",
        right=0.75,
    )
    lines = []
    for name, title, color in (("bleu", "BLEU", BLUE), ("chrf", "chrF", VERMILION)):
        axes.plot(table["width"], table[name], color=color, marker="o")
        for width, value in zip(table["width"], table[name], strict=True):
            axes.annotate(
                f"{value:.1f}",
                (width, value),
                (0, 6),
                textcoords="offset points",
                size=7.5,
                ha="center",
            )
        lines.append((WIDTHS[-1], float(table[name].iloc[-1]), title, color))
    axes.set_xscale("log", base=2)
    axes.set_xticks(WIDTHS, [str(width) for width in WIDTHS])
    axes.margins(y=0.15)
    axes.set(xlabel="Texts that are kept", ylabel="Score")
    name_lines(axes, lines)
    return Plot(figure, table)


def looks(report: Report) -> Plot | None:
    """Draw what is looked at as each token is written, for some test sentences."""
    writer: Any = None if report.estimator is None else report.estimator[-1]
    given = _given(report)
    if given is None or not hasattr(writer, "looks"):
        return None
    found: list[tuple[int, Any]] = []
    short = [place for place, text in enumerate(given) if 5 <= len(text.split()) <= 9]
    for place in short[: 10 * LOOKS]:
        seen = writer.looks(given[place])
        if seen is None:
            return None
        if max(map(len, seen[:2])) <= MOST_TOKENS and len(seen.written) > 3:
            found.append((place, seen))
        if len(found) == LOOKS:
            break
    if not found:
        return None
    figure, axes = canvas(
        f"What {report.pipeline} looks at",
        f"{report.subject}, of which these are some\n"
        "Above each token that is written, how much it looks at those that were read",
        width=7.4,
        height=7.4,
        left=0.95,
        bottom=0.95,
        spread=0.62,
        nrows=2,
        ncols=2,
        squeeze=False,
    )
    table = []
    for axis, (place, (read, written, weights)) in zip(axes.ravel(), found, strict=False):
        axis.imshow(weights.T, cmap=FAINT_TO_BLUE, vmin=0, vmax=1, aspect="auto")
        axis.set_xticks(range(len(written)), [t.strip() for t in written], rotation=90, size=6.5)
        axis.set_yticks(range(len(read)), [t.strip() for t in read], size=6.5)
        axis.grid(visible=False)
        table += [
            (report.ids.iloc[place], i, written[i], j, read[j], weights[i, j])
            for i in range(len(written))
            for j in range(len(read))
        ]
    for axis in axes.ravel()[len(found) :]:
        axis.set_axis_off()
    names = ["id", "written_place", "written", "read_place", "read", "weight"]
    return Plot(figure, pd.DataFrame(table, columns=names), of_rows=True)


def _given(report: Report) -> list[str] | None:
    """Return the texts that were given, where rows are texts."""
    X = report.X
    if not isinstance(X, pd.DataFrame) or X.shape[1] != 1:
        return None
    return X.iloc[:, 0].astype(str).tolist()
