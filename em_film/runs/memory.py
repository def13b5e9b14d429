"""Methods that remember what they have returned."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

__all__ = ["remembered"]

_Self = TypeVar("_Self")
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class _Results(dict[Any, Any]):
    """What a method has returned; it stays in this process when the object is pickled for another one."""

    def __reduce__(self) -> tuple[type[_Results], tuple[()]]:
        return _Results, ()


def remembered(
    most: int,
) -> Callable[[Callable[Concatenate[_Self, _Arguments], _Result]], Callable[Concatenate[_Self, _Arguments], _Result]]:
    """Have a method keep its last results with the object it belongs to, so that they go when it goes.

    Parameters
    ----------
    most : int
        How many results are kept; the one that was asked for longest ago goes first.
    """

    def decorate(
        method: Callable[Concatenate[_Self, _Arguments], _Result],
    ) -> Callable[Concatenate[_Self, _Arguments], _Result]:
        name = f"_remembered_{method.__name__}"

        @wraps(method)
        def call(self: _Self, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
            results = vars(self).setdefault(name, _Results())
            key = (args, tuple(sorted(kwargs.items())))
            result: _Result = results.pop(key) if key in results else method(self, *args, **kwargs)
            results[key] = result
            if len(results) > most:
                del results[next(iter(results))]
            return result

        return cast(Callable[Concatenate[_Self, _Arguments], _Result], call)

    return decorate
