"""A pipeline fitted again on train and test rows together, for what is served after the gate.

`python -m caselab.registry.refit <pipeline> <folder>` does it in a fresh Python, in the current
folder, which is the project's root: so `rebuild` makes the same bytes in a checkout.
"""

import sys
from pathlib import Path

from caselab import architectures, cases
from caselab import params as parameters
from caselab.data import splits
from caselab.errors import UserError
from caselab.params import Params
from caselab.project import places, programs
from caselab.storage import datasets, models
from caselab.storage.determinism import repeatable

FOLDER = "all_rows"
"""The folder, under a model's artifacts, of the pipeline that was fitted on all rows."""

TAG = "caselab.fitted_on"
"""The tag of a version whose answers come from such a pipeline."""

ALL_ROWS = "train and test rows"


def refit(params: Params, pipeline: str, folder: Path) -> None:
    """Fit a pipeline on all rows of its view as the stage train does, and leave it in `folder`."""
    block = params.pipelines[pipeline]
    case, view = cases.load(block.case), params.views[block.view].view
    parts = [datasets.read(places.features(block.view) / part) for part in ("train", "test")]
    unfitted = architectures.build(block, view, case.problem, params.seed, params.threads)
    rows, validation = datasets.joined(parts), params.cases[block.case].validation
    times = splits.times(validation, group=rows.group, time=rows.time, series=rows.series)
    with repeatable(params.seed, params.threads):
        fitted = architectures.fit(unfitted, case.problem, rows, validation.kind, times)
        models.save(fitted, folder)


def command(pipeline: str, folder: Path) -> list[str]:
    """Return what runs `refit` as its own program, in a project's root."""
    return [sys.executable, "-m", "caselab.registry.refit", pipeline, str(folder.absolute())]


def in_fresh_python(pipeline: str, folder: Path) -> None:
    """Run `refit` as its own program in the current folder.

    Raises:
        UserError: it fails.
    """
    code, printed = programs.run(command(pipeline, folder), Path())
    if code:
        raise UserError(
            f"{pipeline} cannot be fitted on train and test rows together "
            f"({programs.last_line(printed)}); the gate decided nothing."
        )


if __name__ == "__main__":
    refit(parameters.load(), sys.argv[1], Path(sys.argv[2]))
