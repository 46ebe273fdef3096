"""What of a run's stages may be shown as its own: nothing that an earlier run has left."""

from collections.abc import Mapping

from caselab.project import addresses
from flows.plan import Plan
from flows.scheduling import Ending

ANEW = {"done", "restored"}
GOOD = ANEW | {"unchanged"}


def compared(plan: Plan, endings: Mapping[str, Ending]) -> list[str]:
    """Return the cases whose leaderboard is of this run; not those of which a stage has failed."""
    return [case for case in plan.cases() if _outcome(endings, f"compare@{case}") in GOOD]


def evaluated(plan: Plan, endings: Mapping[str, Ending]) -> list[str]:
    """Return the pipelines that were evaluated anew, and whose case has no leaderboard of this run."""
    on_a_board = compared(plan, endings)
    evaluations = filter(addresses.evaluates, plan.stale)
    names = [plan.dag.stages[a].name for a in evaluations if _outcome(endings, a) in ANEW]
    return [name for name in names if plan.params.pipelines[name].case not in on_a_board]


def _outcome(endings: Mapping[str, Ending], address: str) -> str:
    return endings[address].outcome if address in endings else ""
