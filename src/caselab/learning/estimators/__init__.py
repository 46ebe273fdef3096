"""Networks behind scikit-learn's contract: what an architecture returns, one file a kind of target."""

from caselab.learning.estimators.autoencoder import LightningAutoencoder
from caselab.learning.estimators.base import LightningEstimator, Network
from caselab.learning.estimators.cells import LightningCells
from caselab.learning.estimators.classifier import LightningClassifier
from caselab.learning.estimators.features import PretrainedFeatures
from caselab.learning.estimators.regressor import LightningRegressor
from caselab.learning.estimators.sequences import LightningSequences
from caselab.learning.estimators.writer import LightningWriter

__all__ = [
    "LightningAutoencoder",
    "LightningCells",
    "LightningClassifier",
    "LightningEstimator",
    "LightningRegressor",
    "LightningSequences",
    "LightningWriter",
    "Network",
    "PretrainedFeatures",
]
