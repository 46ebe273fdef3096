"""`represent: contextual`: what a pretrained network finds in texts."""

from sklearn.pipeline import Pipeline

from caselab.features.steps.subwords import Subwords
from caselab.learning.backbones.features import Features
from caselab.learning.estimators import PretrainedFeatures


def transformer(backbone: str, length: int) -> Pipeline:
    """Return what takes texts to the mean of their subwords' vectors, `(n_samples, n_features)`."""
    found = PretrainedFeatures(Features, {"backbone": backbone})
    return Pipeline([("subwords", Subwords(backbone, length)), ("backbone", found)])
