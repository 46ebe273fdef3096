"""Which stage needs which, and which stages a name asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx

from caselab.errors import unknown

NEVER_RUN = "never run"
"""Why a stage is stale of which dvc.lock knows nothing."""


@dataclass(frozen=True)
class Stage:
    """One step of the DAG: `train@churn-mlp` has the verb `train` and the name `churn-mlp`."""

    address: str
    deps: tuple[str, ...]
    outs: tuple[str, ...]
    needs: frozenset[str]

    @property
    def verb(self) -> str:
        """Which file of stages/ it runs."""
        return self.address.partition("@")[0]

    @property
    def name(self) -> str:
        """Which block of params.yaml it runs for."""
        return self.address.partition("@")[2]


class Graph:
    """The stages of dvc.yaml, by address and in an order that runs."""

    def __init__(self, stages: Iterable[Stage]) -> None:
        self.stages = {stage.address: stage for stage in stages}
        self._needs = nx.DiGraph()
        self._needs.add_nodes_from(self.stages)
        self._needs.add_edges_from((n, s.address) for s in self.stages.values() for n in s.needs)
        self.order = list(nx.lexicographical_topological_sort(self._needs))

    def select(self, targets: Iterable[str] = ()) -> list[str]:
        """List the stages that `targets` ask for, with all they need, in an order that runs.

        A target is a case, a study (the prefix of its cases' names), a pipeline, a view, a source
        or an address; none means everything.

        Raises:
            UserError: a target is none of these.
        """
        goals: set[str] = set()
        for target in targets:
            goals |= self._goals(target)
        wanted = goals.union(*(nx.ancestors(self._needs, goal) for goal in goals))
        return [address for address in self.order if address in wanted or not goals]

    def _goals(self, target: str) -> set[str]:
        if target in self.stages:
            return {target}
        names: dict[str, set[str]] = {}
        for verb in (
            "fetch",
            "featurize",
            "evaluate",
            "blend",
            "compare",
        ):  # a case wins over a source
            for stage in self.stages.values():
                if stage.verb == verb:
                    names[stage.name] = {stage.address}
        for stage in self.stages.values():
            if stage.verb == "compare" and (study := stage.name.partition("_")[0]) != stage.name:
                names.setdefault(study, set()).add(stage.address)
        if target not in names:
            raise unknown("case, pipeline, view, source or stage", target, [*names, *self.stages])
        return names[target]
