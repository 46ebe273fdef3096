"""Which trials are given up: the median stopping rule, at the step that a trial has come to.

Optuna's own pruners compare a trial's best value so far; ours tell losses and scores, which have no
common scale, so each is held against others' value of the same step. The same step means the same
folds, so that what makes a fold hard is no reason.

Source: Golovin and others (2017), Google Vizier: a service for black-box optimization, KDD.
"""

from __future__ import annotations

import numpy as np
from optuna.pruners import BasePruner
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial

from caselab.tuning.trial import STRIDE

LEAST = 5
"""Others that have come as far, before any is given up."""

AT_FOLDS, AT_EPOCHS = 0.5, 0.75
"""The share of others that must be better; epochs say less, as some begin slowly."""


class Median(BasePruner):
    """Give a trial up whose value at its last step is worse than that of most others."""

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Tell whether to give it up."""
        step = trial.last_step
        if step is None:
            return False
        trials = study.get_trials(deepcopy=False)
        others = [t.intermediate_values for t in trials if t.number != trial.number]
        values = np.array([values[step] for values in others if step in values])
        if len(values) < LEAST:
            return False
        own = trial.intermediate_values[step]
        greater = study.direction == StudyDirection.MAXIMIZE
        better = values > own if greater else values < own
        return bool(np.mean(better) > (AT_EPOCHS if step % STRIDE else AT_FOLDS))
