"""What a run has to do: asked of the DAG before Prefect is imported, so that nothing costs nothing."""

from dataclasses import dataclass, field

import networkx as nx

from caselab import params as parameters
from caselab.dag import Dag
from caselab.errors import UserError
from caselab.params import Params, profiles
from caselab.params.running import StageNeeds


@dataclass(frozen=True)
class Request:
    """What was asked for, as plain values: a command line, a deployment's parameters."""

    targets: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    force: bool = False
    """Run also what is up to date."""
    refresh: bool = False
    """Fetch the sources anew, and run what then has changed."""
    promote: bool = True

    @property
    def recorded(self) -> tuple[str, ...]:
        """The overrides that results come of; what this machine lends to stages changes none."""
        return tuple(each for each in self.overrides if not each.strip().startswith("flow."))

    def command(self) -> str:
        """Return the command that asks for the same, but for what is done already."""
        words = ["caselab run", *self.targets, *map(profiles.option, self.overrides)]
        return " ".join(words + ["--no-promote"] * (not self.promote))


@dataclass(frozen=True)
class Plan:
    """The stages that a request selects, and why some of them are stale."""

    request: Request
    params: Params
    dag: Dag
    selected: list[str]
    forced: frozenset[str]
    stale: dict[str, list[str]]
    """Reasons by address, in running order."""
    needs: dict[str, frozenset[str]] = field(default_factory=dict)
    """Which stale stages a stale stage waits for."""

    def verbs(self) -> set[str]:
        """Return the verbs of the stale stages."""
        return {self.dag.stages[address].verb for address in self.stale}

    def limits(self, address: str) -> StageNeeds:
        """Return what a stage asks for and may take, by its verb."""
        limits: StageNeeds = getattr(self.params.flow.stages, self.dag.stages[address].verb)
        return limits

    def followers(self, address: str) -> set[str]:
        """Return the stale stages that cannot run without this one."""
        return set(nx.descendants(self._graph(), address))

    def order(self, seconds: dict[str, float]) -> list[str]:
        """Sort the stale stages so that the longest chain of work begins first."""
        rest: dict[str, float] = {}
        graph = self._graph()
        for address in reversed(list(nx.topological_sort(graph))):
            after = max((rest[follower] for follower in graph.successors(address)), default=0.0)
            rest[address] = seconds[address] + after
        return sorted(self.stale, key=lambda address: -rest[address])

    def cases(self) -> list[str]:
        """Return the cases whose comparison is stale."""
        return [
            self.dag.stages[address].name
            for address in self.stale
            if self.dag.stages[address].verb == "compare"
        ]

    def _graph(self) -> nx.DiGraph:
        graph = nx.DiGraph()
        graph.add_nodes_from(self.stale)
        graph.add_edges_from((need, a) for a in self.stale for need in self.needs[a])
        return graph


def check(request: Request) -> None:
    """Raise a UserError if params.yaml is wrong or a target is unknown; look at no other file."""
    parameters.load(overrides=request.overrides)
    Dag(overrides=request.overrides).select(request.targets)


def make(request: Request) -> Plan:
    """Read params.yaml, dvc.yaml and dvc.lock in the current folder, and look at the files.

    Raises:
        UserError: if one of them is wrong, a target is unknown, or a stage asks for more cores,
            memory or GPUs than this machine lends.
    """
    params = parameters.load(overrides=request.overrides)
    dag = Dag(overrides=request.overrides)
    selected = dag.select(request.targets)
    forced = frozenset(
        address
        for address in selected
        if request.force or (request.refresh and dag.stages[address].verb == "fetch")
    )
    stale = dag.stale(selected, force=forced)
    _refuse_impossible(params, {dag.stages[address].verb for address in stale})
    needs = {address: dag.stages[address].needs & stale.keys() for address in stale}
    return Plan(request, params, dag, selected, forced, stale, needs)


def _refuse_impossible(params: Params, verbs: set[str]) -> None:
    slots = params.flow.slots
    for verb in sorted(verbs):
        needs = getattr(params.flow.stages, verb)
        for what in ("cores", "memory", "gpu"):
            asked, lent = getattr(needs, what), getattr(slots, what)
            if asked > lent:
                raise UserError(
                    f"flow.stages.{verb}.{what} in params.yaml asks for {asked:g} where this "
                    f"machine lends {lent:g}; lower it, or raise flow.slots.{what}."
                )
