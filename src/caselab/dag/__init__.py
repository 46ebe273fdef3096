"""dvc.yaml as a graph: which stages there are, and which are stale.

The only room that imports DVC, and not before it must: where nothing has changed since the last look,
that look's answer stands (snapshot.py), and half of the time of a command that only looks is saved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.dag import snapshot
from caselab.dag.graph import Graph
from caselab.dag.snapshot import Snapshot

if TYPE_CHECKING:
    from caselab.dag.opened import OpenDag


class Dag:
    """Read dvc.yaml, params.yaml and dvc.lock under `root`.

    `overrides` (`pipelines.churn-mlp.training.learning_rate=0.01`) count as if they stood in
    params.yaml.

    Raises:
        UserError: if one of the three files cannot be read.
    """

    def __init__(self, root: Path = Path(), overrides: Sequence[str] = ()) -> None:
        self._root = root.resolve()
        self._overrides = tuple(overrides)
        self._files = snapshot.files(self._root)  # before anybody else reads them
        self._last = snapshot.read(self._root, self._files, self._overrides)
        self._graph = Graph(self._last.stages) if self._last else self.opened.graph
        self.stages = self._graph.stages
        self.select = self._graph.select

    @cached_property
    def opened(self) -> OpenDag:
        """The DAG to walk: its stages start and finish, and are recorded."""
        from caselab.dag.opened import OpenDag

        return OpenDag(self._root, self._overrides)

    def stale(
        self, addresses: Iterable[str] | None = None, force: Collection[str] = ()
    ) -> dict[str, list[str]]:
        """Tell which stages are out of date, in running order, each with its reasons.

        `addresses` come with all they need, as `select` lists them.
        """
        wanted = self._graph.order if addresses is None else list(addresses)
        if force:
            return self.opened.stale(wanted, force)
        # Once opened it may have been walked, and knows better than its last look.
        if self._last and "opened" not in vars(self) and self._last.looked_at.issuperset(wanted):
            return {a: self._last.stale[a] for a in wanted if a in self._last.stale}
        return self._look(wanted)

    def _look(self, wanted: list[str]) -> dict[str, list[str]]:
        looked_at = [self.stages[address] for address in wanted]
        first = self.opened.is_unread
        # Before the look: what changes while it is looked at is looked at again.
        before = snapshot.fingerprint(
            self._root, self._files, self._overrides, self.opened.cache, looked_at
        )
        stale = self.opened.stale(wanted)
        if first:  # a later look remembers what files were before
            found = Snapshot(
                list(self.stages.values()),
                frozenset(wanted),
                stale,
                self.opened.cache,
                self.opened.shape,
            )
            snapshot.write(self._root, found, before)
        return stale
