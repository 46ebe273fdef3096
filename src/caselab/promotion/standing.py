"""A pipeline's scores beside those that it had before it was run again."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from caselab import cases, problems
from caselab.evaluation.comparison import Gain, by_part
from caselab.evaluation.metrics import Metric
from caselab.params import Params
from caselab.project import places
from caselab.promotion import gains

Score = dict[str, float | None]
"""`value`, `low` and `high`."""


@dataclass(frozen=True)
class Standing:
    """The case's metric of one pipeline, by part: validation and test."""

    pipeline: str
    case: str
    metric: str
    now: dict[str, Score]
    before: dict[str, Score] = field(default_factory=dict)
    """Nothing where it is evaluated for the first time."""
    gains: dict[str, Gain] = field(default_factory=dict)
    """By how much it is better than before, where both answered the same rows."""


def standings(params: Params, pipelines: list[str]) -> list[dict[str, Any]]:
    """Return how evaluated pipelines stand, in the order of their names, as plain data."""
    return [asdict(_standing(params, name)) for name in sorted(pipelines)]


def _standing(params: Params, pipeline: str) -> Standing:
    name = params.pipelines[pipeline].case
    case = cases.load(name)
    metric = problems.load(case.problem).metrics[case.metric]
    report, former = places.report(name, pipeline), places.former_report(pipeline)
    now = _scores(report, metric)
    if not former.exists():
        return Standing(pipeline, name, metric.name, now)
    found = gains.of_reports(params, name, former, report, [metric.name])
    gained = {key.partition("/")[0]: gain for key, gain in found.items()}
    return Standing(pipeline, name, metric.name, now, _scores(former, metric), gained)


def _scores(report: Path, metric: Metric) -> dict[str, Score]:
    scores: dict[str, Any] = json.loads((report / "metrics.json").read_text(encoding="utf-8"))
    return by_part(scores, metric)
