"""The examples in the docstrings of em_model run, and every public function and class has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import em_model

MODULES = [module.name for module in pkgutil.walk_packages(em_model.__path__, "em_model.")]
# What is made by a function that has an example, or is raised, or is a name for a kind of value.
WITHOUT = {"HalfStep", "Landscape", "Stationary", "Slice", "Ascent", "Extremum", "Natural", "OtherStarts"}


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_every_public_function_and_class_has_an_example() -> None:
    public = {name: getattr(em_model, name) for name in em_model.__all__}
    wanted = {
        name
        for name, thing in public.items()
        if (inspect.isfunction(thing) or (inspect.isclass(thing) and not issubclass(thing, Exception)))
    }
    missing = {name for name in wanted - WITHOUT if ">>>" not in (public[name].__doc__ or "")}
    assert not missing, sorted(missing)
