"""The examples in the docstrings of `seglearn.regions` give what they say, and every method has one."""

import doctest
from importlib import import_module
from inspect import isfunction
from pkgutil import iter_modules

import numpy as np
import pytest

from seglearn import regions

METHODS = [name for name in regions.__all__ if isfunction(getattr(regions, name)) and not name.endswith("_steps")]


@pytest.mark.parametrize("name", [module.name for module in iter_modules(regions.__path__)])
def test_examples(name):
    assert doctest.testmod(import_module(f"seglearn.regions.{name}"), extraglobs={"np": np}).failed == 0


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_an_example_and_a_source(name):
    text = getattr(regions, name).__doc__
    for part in ("Parameters", "Returns", "Raises", ">>>", "Source:", "Lecture 4.4"):
        assert part in text
