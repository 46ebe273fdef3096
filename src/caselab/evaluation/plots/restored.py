"""Pictures of restored pictures: side by side with what was given and with the truth, and the gain."""

import numpy as np
import pandas as pd

from caselab.data.pictures import as_text, from_text, pixels
from caselab.evaluation.metrics.restoration import PEAK, PICTURE, squared_errors
from caselab.evaluation.plots.gallery import are_pictures
from caselab.evaluation.plots.strips import Strip, draw
from caselab.evaluation.plots.style import BLUE, REFERENCE, Plot, canvas
from caselab.evaluation.report import Report

SHOWN = 10
BINS = 10


def restored(report: Report) -> Plot | None:
    """Draw the first test pictures noisy, restored and clean; the table has one line per picture."""
    if not are_pictures(report.X) or report.y is None:
        return None
    rows = np.arange(min(SHOWN, len(report.ids)))
    before, after = _decibels(report, rows)
    figure = draw(
        f"Pictures restored by {report.pipeline}",
        f"{report.subject}, of which these are the first\n"
        "Above each how near it is to the clean one, in decibels",
        [
            Strip(np.asarray(report.X[rows]), "noisy", [f"{each:.1f} dB" for each in before]),
            Strip(
                np.stack([from_text(text) for text in report.answers[PICTURE].iloc[rows]]),
                "restored",
                [f"{each:.1f} dB" for each in after],
            ),
            Strip(np.stack([pixels(file) for file in report.truth.iloc[rows]]), "clean"),
        ],
    )
    table = {"id": report.ids.iloc[rows].to_numpy(), "before": before, "after": after}
    return Plot(figure, pd.DataFrame(table), of_rows=True)


def gains(report: Report) -> Plot | None:
    """Draw how much nearer pictures come to the clean ones, by how near they were before.

    One point for each tenth of the test pictures, with its middle half.
    """
    if not are_pictures(report.X) or report.y is None or len(report.ids) < BINS:
        return None
    before, after = _decibels(report, np.arange(len(report.ids)))
    tenth = (np.argsort(np.argsort(before, kind="stable")) * BINS) // len(before)
    rows = pd.DataFrame({"tenth": tenth + 1, "before": before, "gain": after - before})
    groups = rows.groupby("tenth")
    table = pd.DataFrame(
        {
            "before": groups["before"].mean(),
            "gain": groups["gain"].median(),
            "low": groups["gain"].quantile(0.25),
            "high": groups["gain"].quantile(0.75),
        }
    ).reset_index()
    figure, axes = canvas(
        f"What {report.pipeline} gains",
        f"{report.subject} · {report.score('psnr')}\n"
        "Each point is a tenth of them, by the noise they came with; its line the middle half",
    )
    error = [table["gain"] - table["low"], table["high"] - table["gain"]]
    axes.errorbar(table["before"], table["gain"], yerr=error, color=BLUE, marker="o", capsize=2)
    axes.axhline(0, **REFERENCE)
    axes.set(xlabel="PSNR before, dB", ylabel="Gain, dB")
    return Plot(figure, table)


def _decibels(report: Report, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the peak signal-to-noise ratio of test pictures before and after, in decibels."""
    assert report.X is not None
    truth = tuple(report.truth.iloc[rows])
    given = tuple(as_text(picture) for picture in np.asarray(report.X[rows]))
    said = tuple(report.answers[PICTURE].iloc[rows])
    before, after = (
        10 * np.log10(PEAK**2 / np.maximum(squared_errors(truth, each), 1e-4))
        for each in (given, said)
    )
    return before, after
