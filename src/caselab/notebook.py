"""A case in a notebook: `caselab.load("churn")` gives its data, pipelines, scores and champion."""

import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import chdir
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselab import cases, params
from caselab.cases import Case
from caselab.errors import UserError, unknown
from caselab.params import PipelineBlock
from caselab.project import leaderboards, places

if TYPE_CHECKING:
    import pandas as pd
    from PIL.Image import Image
    from sklearn.pipeline import Pipeline

    from caselab.stages.in_memory import Fit
    from caselab.storage.datasets import Dataset

SHOWN = ("validation", "validation_low", "validation_high", "test", "test_low", "test_high")
"""Columns of the scores that a notebook shows of a case."""


def open_case(name: str, root: Path | None = None) -> "Workbench":
    """Return the workbench of a case of the project around `root` (the current folder).

    Raises:
        UserError: there is no project, or no such case in it.
    """
    root = places.find_root(root)
    parameters = params.load(root)
    parameters.known(name)
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
        return pd.DataFrame(leaderboards.flat(board)).set_index("pipeline")

    @property
    def metrics(self) -> "pd.DataFrame":
        """Every metric of every pipeline: validation, test, and the test score's 95 % interval."""
        import pandas as pd

        found = {}
        for name in self.scores.index:
            file = self.root / places.report(self.case.name, name) / "metrics.json"
            scores = json.loads(file.read_text(encoding="utf-8"))
            for metric, test in scores["test"].items():
                low, high = scores["interval"][metric]
                found[metric, name] = {
                    "validation": scores["validation"][metric],
                    "test": test,
                    "test_low": low,
                    "test_high": high,
                }
        table = pd.DataFrame.from_dict(found, orient="index").astype(float)
        table.index.names = ["metric", "pipeline"]
        return table

    def answers(self, pipeline: str) -> "pd.DataFrame":
        """Return a pipeline's answers to the test rows, with target and decision."""
        import pandas as pd

        file = self.root / places.report(self.case.name, self._known(pipeline)) / "rows"
        if not file.exists():
            raise self._missing(file)
        return pd.read_parquet(file / "predictions.parquet")

    def plot(self, name: str = "leaderboard", pipeline: str | None = None) -> "Image":
        """Return a picture of all pipelines, such as `roc`, or the one of a single pipeline."""
        from PIL import Image

        board = self.root / places.leaderboard(self.case.name)
        folders = [board, board / "plots"]
        if pipeline is not None:
            folders = [self.root / places.report(self.case.name, self._known(pipeline)) / "plots"]
        if not folders[0].exists():
            raise self._missing(folders[0])
        files = {file.stem: file for folder in folders for file in sorted(folder.glob("*.png"))}
        if name not in files:
            raise unknown(f"plot of {pipeline or self.case.name}", name, files)
        with Image.open(files[name]) as picture:
            picture.load()
            return picture

    def fit(
        self,
        architecture: str,
        *,
        view: str | None = None,
        features: Mapping[str, Any] | None = None,
        training: Mapping[str, Any] | None = None,
        **model: Any,
    ) -> "Fit":
        """Fit an architecture with these settings on the training rows, here and now.

        `churn.fit("logistic", C=10)` learns what the block `{architecture: logistic, model: {C: 10}}`
        of params.yaml would, and leaves nothing behind: no file, no run, no look at test rows.

        Raises:
            UserError: a name or value is wrong, or the view has not been made yet.
        """
        from caselab.stages import in_memory

        with chdir(self.root):
            return in_memory.fit(
                params.load(),
                self.case.name,
                architecture,
                view=view,
                features=features,
                training=training,
                **model,
            )

    @property
    def champion(self) -> dict[str, Any] | None:
        """What is known of the registered champion: pipeline, version, score, since when, why."""
        from caselab.registry import champions

        with chdir(self.root):
            return champions.champion(self.case.name)

    def predict(
        self, records: "pd.DataFrame", *, strict: bool = False, **options: Any
    ) -> "pd.DataFrame":
        """Answer for raw records with the champion; `notes` says what was odd about a row.

        A warning counts such rows; where it is to be `strict`, they are refused, and all with them.
        `options` are those of the case's kind of problem, such as `method="beam"` where it writes.
        """
        from caselab.data import notes
        from caselab.registry import prediction

        with chdir(self.root):
            answers = prediction.predict(self.case.name, records, strict=strict, options=options)
        if said := notes.told(answers, "the records"):
            warnings.warn(said, stacklevel=2)
        return answers

    def explain(
        self, records: "pd.DataFrame", row: int = 1, output: str | None = None
    ) -> "pd.DataFrame":
        """Return what each column, or word, of one record adds to the champion's answer.

        By LIME and by SHAP, as `caselab explain` does; `row` counts from 1, of classes the one is
        explained that is decided, or `output`. `attrs` has the output, its answer, the `base` from
        which SHAP sums to it, and how much of the answers nearby LIME's model tells (`r2`).
        """
        from caselab.registry import explanation

        with chdir(self.root):
            found = explanation.explain(params.load(), self.case.name, records, row, output)
        table = found.table.set_index("part")
        answer = found.answer[found.output]
        table.attrs.update(output=found.output, answer=answer, base=found.base, r2=found.r2)
        return table

    def _repr_html_(self) -> str:
        head = f"<h3>{escape(self.case.title)}</h3><p>{escape(self.case.question)}</p>"
        if leaderboards.read(self.case.name, self.root) is None:
            return f"{head}<p>{len(self.pipelines)} pipelines, none of them compared yet.</p>"
        shown = self.scores[["architecture", *SHOWN]]
        return head + f"<p>by {self.case.metric}</p>" + shown.to_html(float_format="{:.3f}".format)

    def _known(self, pipeline: str) -> str:
        if pipeline not in self.pipelines:
            raise unknown(f"pipeline of {self.case.name}", pipeline, self.pipelines)
        return pipeline

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

    def _repr_html_(self) -> str:
        import pandas as pd

        settings = ("features", "model", "training")
        rows = {
            name: {"architecture": block.architecture, "view": block.view}
            | {
                part: ", ".join(f"{k}={v!r}" for k, v in getattr(block, part).items())
                for part in settings
            }
            for name, block in self.blocks.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index").to_html()
