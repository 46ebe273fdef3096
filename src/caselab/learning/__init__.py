"""How networks learn: PyTorch modules behind scikit-learn's `fit` and `predict`, run by Lightning.

`estimators` is what an architecture returns, `training.Training` its settings, `session` how a
stage makes a fit resumable. Importing this room loads neither torch nor Lightning; predicting
loads torch alone.
"""

from caselab.learning.sessions import session

__all__ = ["session"]
