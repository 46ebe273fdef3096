"""Give a function what its parameters name, so that it need not take what it does not use."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def by_name(function: Callable[..., T], *offered: str, **known: Any) -> Callable[..., T]:
    """Return the function so that it can be called with all that is offered, in that order.

    It gets those arguments that its parameters name, of the `known` ones too, and the others go
    nowhere. Names are looked up here, once, and not when it is called.

    Raises:
        TypeError: the function asks for what is not offered.
    """
    names = (*offered, *known)
    parameters = inspect.signature(function).parameters.values()
    if missing := [p.name for p in parameters if p.name not in names and p.default is p.empty]:
        raise TypeError(
            f"{getattr(function, '__name__', function)} asks for {', '.join(missing)}, and is "
            f"offered {', '.join(names)}"
        )
    taken = [parameter.name for parameter in parameters if parameter.name in names]

    @functools.wraps(function)
    def call(*values: Any, **named: Any) -> T:
        given = known | dict(zip(offered[: len(values)], values, strict=True)) | named
        if unknown := given.keys() - set(names):
            raise TypeError(f"{', '.join(unknown)} is not among {', '.join(names)}")
        return function(**{name: given[name] for name in taken if name in given})

    return call
