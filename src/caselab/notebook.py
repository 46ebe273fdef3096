"""A case in a notebook: `caselab.load("churn")` gives its data, pipelines, scores and champion."""

from collections.abc import Iterator, Mapping
from contextlib import chdir
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselab import cases, params
from caselab.cases import Case
from caselab.errors import UserError, unknown
from caselab.params import PipelineBlock
from caselab.project import leaderboards, places

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

    from caselab.storage.datasets import Dataset


def open_case(name: str, root: Path | None = None) -> "Workbench":
    """Return the workbench of a case of the project around `root` (the current folder).

    Raises:
        UserError: there is no project, or no such case in it.
    """
    root = places.find_root(root)
    parameters = params.load(root)
    if name not in parameters.cases:
        raise unknown("case", name, parameters.cases)
    blocks = {
        pipeline: block for pipeline, block in parameters.pipelines.items() if block.case == name
    }
    return Workbench(cases.load(name), root, blocks)


class Workbench:
    """A case's data, pipelines, scores and champion, each read when it is first asked for."""

    def __init__(self, case: Case, root: Path, blocks: Mapping[str, PipelineBlock]) -> None:
        self.case = case
        self.root = root
        self.pipelines = Pipelines(case.name, root, blocks)

    def __repr__(self) -> str:
        return f"{self.case.title}: {self.case.question} {len(self.pipelines)} pipelines"

    @cached_property
    def data(self) -> dict[str, "Dataset"]:
        """The cleaned records: `data["train"].X`, `.y`, `.ids`, `.fold`, and `data["test"]`."""
        from caselab.storage import datasets

        folder = self.root / places.prepared(self.case.name)
        if not folder.exists():
            raise self._missing(folder)
        return {part: datasets.read(folder / part) for part in ("train", "test")}

    @property
    def scores(self) -> "pd.DataFrame":
        """The leaderboard, one row a pipeline, best validation score first."""
        import pandas as pd

        board = leaderboards.read(self.case.name, self.root)
        if board is None:
            raise self._missing(self.root / places.leaderboard(self.case.name))
        rows = [
            {"pipeline": row["pipeline"], "architecture": row["architecture"]}
            | _flat("validation", row["validation"])
            | _flat("test", row["test"])
            | {f"test_{name}": value for name, value in row["metrics"].items()}
            for row in board["rows"]
        ]
        return pd.DataFrame(rows).set_index("pipeline")

    @property
    def champion(self) -> dict[str, Any] | None:
        """What is known of the registered champion: pipeline, version, score, since when, why."""
        from caselab.registry import champions

        with chdir(self.root):
            return champions.champion(self.case.name)

    def predict(self, records: "pd.DataFrame") -> "pd.DataFrame":
        """Answer for raw records with the champion."""
        from caselab.registry import prediction

        with chdir(self.root):
            return prediction.predict(self.case.name, records)

    def _missing(self, folder: Path) -> UserError:
        place = folder.relative_to(self.root)
        return UserError(f"{place} is not there yet; run `caselab run {self.case.name}`.")


class Pipelines(Mapping[str, "Pipeline"]):
    """The fitted scikit-learn pipelines of a case, by name, loaded when asked for."""

    def __init__(self, case: str, root: Path, blocks: Mapping[str, PipelineBlock]) -> None:
        self.case = case
        self.root = root
        self.blocks = dict(blocks)
        """What params.yaml says of each."""

    def __getitem__(self, name: str) -> "Pipeline":
        from caselab.storage import models

        if name not in self.blocks:
            raise KeyError(str(unknown(f"pipeline of {self.case}", name, self.blocks)))
        folder = self.root / places.model(self.case, name)
        if not folder.exists():
            raise UserError(f"{name} is not trained yet; run `caselab run {name}`.")
        return models.load(folder)

    def __contains__(self, name: object) -> bool:
        return name in self.blocks

    def __iter__(self) -> Iterator[str]:
        return iter(self.blocks)

    def __len__(self) -> int:
        return len(self.blocks)

    def __repr__(self) -> str:
        return f"Pipelines({', '.join(self.blocks)})"


def _flat(name: str, score: dict[str, float]) -> dict[str, float]:
    return {name: score["value"], f"{name}_low": score["low"], f"{name}_high": score["high"]}
