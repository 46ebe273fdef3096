"""A noisy picture in, a clean one out: the kind `restoration`.

Answers hold the restored `picture` as text that browsers show (a data URI), and in `removed` how far
it is from what was given: the root mean square of a pixel's change, in levels of 0 to 255. The
target is the file of the clean picture. The baseline gives pictures back as they are, so its scores
are those before anything is done. The estimator's last step is a
`reconstruction.restorers.Restorer`.
"""

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from caselab.data.pictures import as_text
from caselab.evaluation.metrics.restoration import METRICS, PICTURE
from caselab.problems import Problem
from caselab.storage.rows import Inputs

REMOVED = "removed"


def answer(estimator: Pipeline, X: Inputs) -> pd.DataFrame:
    """Return each restored picture, and how far it is from the one given."""
    restored = estimator[-1].restore(estimator[:-1].transform(X))
    given = np.asarray(X, dtype=np.float64)
    changes = (restored - given).reshape(len(given), -1)
    removed = np.sqrt(np.square(changes).mean(axis=1))
    return pd.DataFrame({PICTURE: [as_text(each) for each in restored], REMOVED: removed})


def decide(answers: pd.DataFrame) -> pd.Series:
    """Say how much was changed; the picture itself stands among the answers."""
    return answers[REMOVED].map("changed by {:.1f} levels".format)


problem = Problem(
    target="picture",
    metrics=METRICS,
    answer=answer,
    decide=decide,
    plots=(
        "restored.restored",
        "restored.gains",
        "learning.learning_curve",
        "learning.epochs",
    ),
)
