"""Every architecture there is, with every kind of problem it solves and every view it reads.

Nothing is listed here: architectures are the files of the folder, problems their public functions,
and views those of the blocks of params.yaml. An architecture that no block names for a problem is
tried with the problem's first view there, and with a table where there is none.
"""

import inspect
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sklearn.pipeline import Pipeline

from caselab import architectures, cases, problems
from caselab.errors import UserError
from caselab.params import PipelineBlock, load
from caselab.params.signatures import PACKAGE, module

ROOT = Path(__file__).parents[2]
TINY: dict[str, Any] = {
    "embedding_dim": 4,
    "filters": 4,
    "gap_references": 1,
    "hidden": 4,
    "n_estimators": 5,
    "n_factors": 3,
    "n_init": 1,
    "n_iterations": 3,
    "n_topics": 3,
    "width": 0.125,
}
"""By the name of an argument, whoever takes it; of each part where there are several."""
TRAINING = {"max_epochs": 2, "batch_size": 32, "accelerator": "cpu"}
SEED, THREADS = 5, 1


@dataclass(frozen=True)
class Entry:
    """An architecture with a problem and a view."""

    architecture: str
    problem: str
    view: str
    features: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return f"{self.architecture}-{self.problem}-{self.view}"

    @property
    def architect(self):
        """The function that makes the estimator."""
        return getattr(architectures.load(self.architecture), self.problem)

    def block(self, **settings: Any) -> PipelineBlock:
        """Return a pipeline's block with tiny settings, and those; else the defaults."""
        taken = inspect.signature(self.architect).parameters
        return PipelineBlock(
            case="toy",
            view="toy",
            architecture=self.architecture,
            features=dict(self.features),
            model={n: _tiny(n, taken[n].default) for n in taken if n in TINY},
            training=TRAINING if "training" in taken else {},
        ).model_copy(update=settings)

    def pipeline(self, **training: Any) -> Pipeline:
        """Return the unfitted pipeline; a network takes the settings of training."""
        block = self.block()
        if block.training:
            block = self.block(training=TRAINING | training)
        return self.build(block)

    def fit(self, X: Any, y: Any, unfitted: Pipeline | None = None) -> Pipeline:
        """Return the pipeline fitted on rows; skip the test where a network refuses their shape."""
        try:
            return (self.pipeline() if unfitted is None else unfitted).fit(X, y)
        except UserError as refusal:
            if "training" not in inspect.signature(self.architect).parameters:
                raise
            own = f"tests/architectures/test_{self.architecture}.py"
            if not (ROOT / own).exists():
                pytest.fail(
                    f"{self} refuses the rows that others are tried on ({refusal}): write {own}, "
                    "which tries it on rows that it takes."
                )
            pytest.skip(f"{self} takes other rows, and is tried in {own}: {refusal}")

    def build(self, block: PipelineBlock) -> Pipeline:
        """Return the unfitted pipeline of a block."""
        return architectures.build(block, self.view, self.problem, SEED, THREADS)


def solved(architecture: str) -> list[str]:
    """Return the public functions of an architecture's file, each named like a problem."""
    return module(PACKAGE / "architectures" / f"{architecture}.py").functions


def solving(problem: str) -> list[Entry]:
    """Return the entries for a problem but those of its baseline, which learns no more than it must."""
    baseline = problems.load(problem).baseline_architecture
    return [e for e in entries() if e.problem == problem and e.architecture != baseline]


@cache
def entries() -> tuple[Entry, ...]:
    """Return one entry for each architecture, problem and view."""
    found: dict[str, Entry] = {}
    for architecture in architectures.names():
        for problem in solved(architecture):
            read = [e for e in _blocks() if (e.architecture, e.problem) == (architecture, problem)]
            read.sort(key=lambda e: "embeddings" in dict(e.features))  # toy words have none
            first = next((e.view for e in _blocks() if e.problem == problem), "table")
            for entry in read or [Entry(architecture, problem, first)]:
                found.setdefault(str(entry), entry)
    return tuple(found.values())


@cache
def _blocks() -> tuple[Entry, ...]:
    params = load(ROOT)
    return tuple(
        Entry(
            block.architecture,
            cases.load(block.case).problem,
            params.views[block.view].view,
            tuple(block.features.items()),
        )
        for block in params.learners.values()
    )


def _tiny(name: str, default: Any) -> Any:
    return (TINY[name],) * len(default) if isinstance(default, tuple) else TINY[name]
