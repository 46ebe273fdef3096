"""The answer that looks at no feature; whatever learns must beat it."""

from sklearn.dummy import DummyClassifier, DummyRegressor


def classification() -> DummyClassifier:
    """Answer every row with the shares of the classes in training.

    Source: scikit-learn user guide, "Dummy estimators" (the strategy `prior`).
    """
    return DummyClassifier(strategy="prior")


def regression() -> DummyRegressor:
    """Answer every row with the mean of training.

    Source: scikit-learn user guide, "Dummy estimators" (the strategy `mean`).
    """
    return DummyRegressor(strategy="mean")
