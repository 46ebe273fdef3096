"""Linear regression by ordinary least squares."""

from sklearn.linear_model import LinearRegression


def regression() -> LinearRegression:
    """Fit the plane with the least squared errors; of several equally good ones the flattest.

    Source: Legendre (1805) and Gauss (1809); scikit-learn user guide, "Ordinary Least Squares".
    """
    return LinearRegression()
