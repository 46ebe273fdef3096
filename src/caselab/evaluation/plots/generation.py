"""Pictures of what a model of codes with a distribution makes up, and how likely it holds rows to be."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from caselab.evaluation.intervals import percentile, resamples
from caselab.evaluation.metrics.compression import codes
from caselab.evaluation.plots.codes import given_back
from caselab.evaluation.plots.gallery import are_pictures
from caselab.evaluation.plots.strips import Strip, draw, first_of_each
from caselab.evaluation.plots.style import BLUE, VERMILION, Plot, canvas
from caselab.evaluation.report import Report
from caselab.numbers import number

LINES, COLUMNS = 5, 10
MOST_LEARNED = 20_000
"""Training rows that probabilistic principal components are fitted to."""


def samples(report: Report) -> Plot | None:
    """Draw pictures of codes that were drawn without looking at any row.

    None where codes have no distribution, or rows are no pictures.
    """
    model = _generative(report)
    if model is None or not are_pictures(report.X):
        return None
    rows = model.sample(LINES * COLUMNS, random_state=report.seed)
    pictures = report.estimator[:-1].inverse_transform(rows)
    figure = draw(
        f"What {report.pipeline} makes up",
        f"{report.case.title} · mean pictures of codes drawn from the standard normal",
        [Strip(part) for part in np.split(pictures, LINES)],
    )
    flat = pictures.reshape(len(pictures), -1)
    table = {
        "sample": np.arange(len(flat)),
        "mean": flat.mean(axis=1),
        "deviation": flat.std(axis=1),
    }
    return Plot(figure, pd.DataFrame(table), of_rows=True)


def interpolations(report: Report) -> Plot | None:
    """Draw what lies between the codes of test pictures, in equal steps from one to the next.

    None where codes have no distribution, or rows are no pictures. The table has the ids.
    """
    if _generative(report) is None or not are_pictures(report.X):
        return None
    rows = first_of_each(report.y, len(report.ids), most=2 * LINES)
    if len(rows) < 2:
        return None
    starts, ends = rows[: len(rows) // 2], rows[len(rows) // 2 :][: len(rows) // 2]
    steps = np.linspace(0, 1, COLUMNS - 2)[:, np.newaxis]
    Z, strips = codes(report.answers), []
    for start, end in zip(starts, ends, strict=True):
        between = given_back(report, (1 - steps) * Z[start] + steps * Z[end])
        first, last = (np.asarray(report.X[[row]], dtype=np.float64) for row in (start, end))
        strips.append(Strip(np.concatenate([first, between, last])))
    figure = draw(
        f"Between test pictures, by {report.pipeline}",
        f"{report.case.title} · at both ends pictures as they are, of two classes; between them what "
        "their codes give back, in equal steps from one code to the other",
        strips,
    )
    ids = report.ids.to_numpy()
    table = pd.DataFrame({"from": ids[starts], "to": ids[ends]})
    return Plot(figure, table, of_rows=True)


def likelihood(report: Report) -> Plot | None:
    """Draw the bound on the test rows' log-likelihood beside that of principal components.

    Probabilistic principal components (Tipping and Bishop, 1999) have codes of the same size, and
    their likelihood is exact. None where codes have no distribution. The table has the means.
    """
    model = _generative(report)
    if model is None or report.X is None or report.background is None:
        return None
    before = report.estimator[:-1]
    random = np.random.default_rng(report.seed)
    learned = random.permutation(len(report.background))[:MOST_LEARNED]
    size = codes(report.answers).shape[1]
    plain = PCA(size, svd_solver="covariance_eigh")
    plain.fit(_flat(before.transform(report.background[np.sort(learned)])))
    shown = np.asarray(before.transform(report.X))
    found = {
        f"{report.pipeline}, lower bound": model.score_samples(shown),
        f"probabilistic PCA of {size} numbers, exact": plain.score_samples(_flat(shown)),
    }
    means = [_mean(name, scores, report) for name, scores in found.items()]
    figure, axes = canvas(
        f"How likely {report.pipeline} holds test rows to be",
        f"{report.subject}\n" + "\n".join(map(_told, means)),
        width=7.2,
    )
    ends = np.quantile(np.concatenate([*found.values()]), [0.01, 1])
    for (name, scores), color in zip(found.items(), (BLUE, VERMILION), strict=True):
        drawn = {"bins": 60, "range": tuple(ends), "color": color}
        axes.hist(scores, histtype="stepfilled", alpha=0.25, **drawn)
        axes.hist(scores, histtype="step", linewidth=1.5, label=name, **drawn)
    axes.set_ylim(top=1.25 * axes.get_ylim()[1])
    axes.legend(loc="upper left", frameon=False, fontsize=8.5)
    axes.set(xlabel="Log-likelihood of a row, nats", ylabel="Test rows")
    return Plot(figure, pd.DataFrame(means))


def _generative(report: Report) -> Any:
    """Return the model that rows can be drawn from, if there is one."""
    model = getattr(report.estimator[-1], "model_", None)
    return model if hasattr(model, "sample") else None


def _flat(rows: Any) -> np.ndarray:
    numbers = np.asarray(rows, dtype=np.float64)
    return numbers.reshape(len(numbers), -1)


def _mean(name: str, scores: np.ndarray, report: Report) -> dict[str, Any]:
    drawn = [
        weights @ scores / weights.sum(axis=1)
        for weights in resamples(report.units, seed=report.seed)
    ]
    low, high = percentile(np.concatenate(drawn))
    return {"model": name, "nats": float(scores.mean()), "low": low, "high": high}


def _told(mean: dict[str, Any]) -> str:
    low, high = number(mean["low"]), number(mean["high"])
    return f"{mean['model']}: {number(mean['nats'])} nats a row ({low} to {high})"
