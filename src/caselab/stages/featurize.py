"""Show a case's rows as a model may see them: a stateless view of train and of test."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from caselab import features
from caselab.data import leakage
from caselab.params import Params
from caselab.stages import Tracker
from caselab.storage import datasets, layout


def run(params: Params, name: str, tracker: Tracker) -> None:  # noqa: ARG001
    """Leave `train` and `test` in the view's form.

    Raises:
        UserError: the view learns from rows, or its modality's transformer knows some already.
    """
    block = params.views[name]
    modality = features.load(block.view)
    view = partial(modality.view, **block.options)
    leakage.check_unfitted(modality.transformer())
    for part in ("train", "test"):
        rows = datasets.read(layout.prepared(block.case) / part)
        X = view(rows.X)
        leakage.check_rowwise(view, rows.X, X, name)
        datasets.write(replace(rows, X=X), layout.features(name) / part)
