"""What a search looked like: Optuna's pictures by matplotlib, and a table of its trials."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState

from caselab.evaluation.plots import style
from caselab.tuning import settings
from caselab.tuning.study import Study

WIDTH, HEIGHT = 8.0, 4.6  # inches
PER_ARGUMENT = 2.6  # inches that one more argument widens pictures with a part for each


def draw(study: Study, metric: str, folder: Path) -> list[Path]:
    """Draw history, slices, parallel coordinates and importance as PNG; return those there are.

    With fewer than two trials that ended there is nothing to see.
    """
    from optuna.visualization import matplotlib as pictures

    ended = study.optuna.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(ended) < 2:
        return []
    wide = max(WIDTH, PER_ARGUMENT * len(study.space))
    target: dict[str, Any] = {"target_name": metric}
    made: dict[str, tuple[Callable[..., Any], float]] = {
        "history": (pictures.plot_optimization_history, WIDTH),
        "slices": (pictures.plot_slice, wide),
        "parallel_coordinates": (pictures.plot_parallel_coordinate, min(wide, 16)),
    }
    if len(study.space) > 1:
        made["importance"] = (pictures.plot_param_importances, WIDTH)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, (plot, width) in made.items():
        with _pictures():
            file = folder / f"{name}.png"
            if _drawn(plot, study.optuna, target, width, file):
                files.append(file)
    return files


def table(study: Study, file: Path) -> Path:
    """Write one line a trial: its number, state, mean and folds, seconds and settings."""
    present = [study.present] if study.present else []
    rows = []
    for trial in [*present, *study.tried]:
        row: dict[str, Any] = {"trial": "present" if trial.number is None else trial.number}
        row |= {"state": trial.state, "score": trial.value, "seconds": round(trial.seconds, 2)}
        row |= {f"fold {number}": score for number, score in enumerate(trial.folds)}
        rows.append(row | {name: settings.plain(v) for name, v in trial.settings.items()})
    names = dict.fromkeys(name for row in rows for name in row)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(names))
        writer.writeheader()
        writer.writerows(rows)
    return file


@contextmanager
def _pictures() -> Iterator[None]:
    """Let Optuna draw into pyplot's figures without a display, and close what it leaves open."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    with style.house(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    pyplot.close("all")


def _drawn(
    plot: Callable[..., Any],
    study: optuna.Study,
    target: dict[str, Any],
    width: float,
    file: Path,
) -> bool:
    from matplotlib import pyplot

    try:
        axes = plot(study, **target)
    except (RuntimeError, ValueError):  # trials too alike to tell an importance, say
        return False
    figure = axes.figure if hasattr(axes, "figure") else pyplot.gcf()
    figure.set_size_inches(width, HEIGHT)
    for part in figure.axes:  # Optuna draws on ggplot's grey
        part.set_facecolor("white")
        part.grid(color=style.FAINT)
        part.tick_params(labelsize=8)
        for text in (part.title, part.xaxis.label, part.yaxis.label):
            text.set_fontsize(9)
    figure.savefig(file, dpi=110, bbox_inches="tight")
    return True
