"""Which arguments a docstring leaves unexplained."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sklearn.base import BaseEstimator


def unexplained(arguments: Iterable[str], by: Callable[..., Any], made: Any = None) -> set[str]:
    """Return the arguments that neither a function names nor a class of the estimator it made."""
    words = (inspect.getdoc(by) or "") + "".join(_docstrings(made))
    return {name for name in arguments if not re.search(rf"\b{name}\b", words)}


def _docstrings(value: Any) -> Iterator[str]:
    """Yield the docstrings of the classes that an estimator is made of."""
    if inspect.isclass(value):
        yield from (each.__doc__ or "" for each in inspect.getmro(value))
    elif isinstance(value, BaseEstimator):
        yield from _docstrings(type(value))
        for part in value.get_params(deep=False).values():
            yield from _docstrings(part)
