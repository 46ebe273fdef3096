"""What stands above a run on MLflow's page: the question, the scores, how to make it again."""

from collections.abc import Mapping

from caselab.numbers import between, number
from caselab.params import Params
from caselab.params.checks import facts


def of_run(params: Params, pipeline: str, metrics: Mapping[str, float]) -> str:
    """Describe a run in Markdown, with its scores where `metrics` has them."""
    block = params.pipelines[pipeline]
    case = facts(block.case)
    parts = [
        f"**{case.get('question', block.case)}**",
        *_scores(str(case["metric"]), metrics),
        f"`{block.architecture}` on the view `{block.view}`. `caselab run {pipeline}` makes "
        f"this run again; `caselab leaderboard {block.case}` compares it.",
    ]
    return "\n\n".join(parts)


def _scores(primary: str, metrics: Mapping[str, float]) -> list[str]:
    names = [name.partition("/")[2] for name in metrics if name.startswith("test/")]
    if not names:
        return []
    lines = ["| | validation | test |", "|---|---|---|"]
    for name in sorted(names, key=lambda name: name != primary):
        validation, test = (metrics.get(f"{part}/{name}") for part in ("validation", "test"))
        ends = [metrics.get(f"test_interval/{name}_{end}") for end in ("low", "high")]
        shown = "" if test is None else number(test)
        if ends[0] is not None and ends[1] is not None:
            shown += f" ({between(ends[0], ends[1])})"
        title = f"**{name}**" if name == primary else name
        lines.append(f"| {title} | {'' if validation is None else number(validation)} | {shown} |")
    return ["\n".join(lines)]
