"""Durations of stages: expected from how long they took, in .caselab/durations.json by address."""

import json
import statistics
from pathlib import Path

from caselab.params import Params
from caselab.params.running import Flow
from caselab.project import places
from caselab.storage.files import write_json

UNKNOWN = 5.0  # seconds to count with where nothing like it has run yet


class Durations:
    """Earlier seconds of each stage; a stage that never ran is expected to be like its likes."""

    def __init__(self, params: Params) -> None:
        self._params = params
        self._seconds: dict[str, float] = {}
        try:
            self._seconds = json.loads(_file().read_text(encoding="utf-8"))
        except (OSError, ValueError):  # it only serves the display
            self._seconds = {}

    def expected(self, address: str) -> float | None:
        """Return a stage's expected seconds: its own, else those of its architecture or verb."""
        if address in self._seconds:
            return self._seconds[address]
        for likeness in (self._architecture, _verb):
            of_kind = [s for a, s in self._seconds.items() if likeness(a) == likeness(address)]
            if of_kind:
                return statistics.median(of_kind)
        return None

    def known(self, address: str) -> bool:
        """Tell whether the stage, or one of its architecture, has run before."""
        like = self._architecture(address)
        return address in self._seconds or any(self._architecture(a) == like for a in self._seconds)

    def record(self, address: str, seconds: float) -> None:
        """Remember how long a stage took."""
        self._seconds[address] = round(seconds, 2)

    def save(self) -> None:
        """Keep it for the next run."""
        write_json(_file(), self._seconds)

    def _architecture(self, address: str) -> tuple[str, str]:
        verb, _, name = address.partition("@")
        pipeline = self._params.pipelines.get(name)
        return verb, pipeline.architecture if pipeline else name


def whole(chains: dict[str, float], needs: dict[str, frozenset[str]], flow: Flow) -> float:
    """Return the least seconds that stages of such expected seconds can take on the slots there are.

    The longer of the longest chain and the work shared evenly among the cores.
    """
    ends: dict[str, float] = {}
    work = 0.0
    for address, seconds in chains.items():  # in running order
        ends[address] = seconds + max((ends[need] for need in needs[address]), default=0.0)
        work += seconds * getattr(flow.stages, _verb(address)).cores
    return max([work / flow.slots.cores, *ends.values()])


def _verb(address: str) -> str:
    return address.partition("@")[0]


def _file() -> Path:
    return places.durations()
