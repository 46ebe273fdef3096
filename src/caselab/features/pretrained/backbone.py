"""`backbone: efficientnet_lite0`: what a pretrained network finds in pictures."""

from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from caselab.features.steps.pictures import PictureScaler
from caselab.learning.backbones.features import Features
from caselab.learning.estimators import PretrainedFeatures
from caselab.learning.training import Training


def transformer(backbone: str, scale: str) -> Pipeline:
    """Return what takes a view's bytes to `(n_samples, n_features)`, which `scale` is of."""
    pixels = PictureScaler(scale="unit", flatten=False)
    found = PretrainedFeatures(Features, {"backbone": backbone}, Training(channels_last=True))
    steps = [("pixels", pixels), ("backbone", found)]
    return Pipeline([*steps, ("scale", StandardScaler())] if scale == "standard" else steps)
