"""Scalers: numbers brought to a common scale."""

from typing import Any, Literal

from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

Scale = Literal["standard", "min_max", "robust", "none"]
SCALERS = {"standard": StandardScaler, "min_max": MinMaxScaler, "robust": RobustScaler}


def scaler(scale: Scale) -> Any:
    """Return the scaler of that name.

    `standard` gives each column mean 0 and deviation 1, `min_max` the range from 0 to 1, `robust`
    median 0 and interquartile range 1, which outliers hardly move.
    """
    return SCALERS[scale]() if scale in SCALERS else "passthrough"
