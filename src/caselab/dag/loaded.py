"""DVC's own stages, each made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dvc.dependency import ParamsDependency
from dvc.dvcfile import ProjectFile
from dvc.repo import Repo
from dvc.stage import PipelineStage

from caselab.dag.graph import Stage
from caselab.dag.sentences import one_sentence


class Loaded(Mapping[str, PipelineStage]):
    """The stages of a dvc.yaml by address; `serve` is told of each that is made."""

    def __init__(
        self, repo: Repo, file: ProjectFile, serve: Callable[[PipelineStage], None]
    ) -> None:
        self._repo, self._serve = repo, serve
        self._all = file.stages
        self._made: dict[str, PipelineStage] = {}

    def __getitem__(self, address: str) -> PipelineStage:
        if address not in self._made:
            with one_sentence():
                stage = self._all[address]
            self._serve(stage)
            self._made[address] = stage
        return self._made[address]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def all(self) -> Iterator[Stage]:
        """Yield every stage with what it needs, in the order of addresses; DVC checks them whole."""
        graph = self._repo.index.graph
        self._made = {s.addressing: s for s in graph if isinstance(s, PipelineStage)}
        for address, stage in sorted(self._made.items()):
            self._serve(stage)
            yield Stage(
                address,
                deps=tuple(d.def_path for d in stage.deps if not isinstance(d, ParamsDependency)),
                outs=tuple(out.def_path for out in stage.outs),
                needs=frozenset(
                    need.addressing
                    for need in graph.successors(stage)
                    if isinstance(need, PipelineStage)  # and no .dvc file of what users brought
                ),
            )
