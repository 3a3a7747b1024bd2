"""The examples in the docstrings of `seglearn.regions` give what they say."""

import doctest
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest

from seglearn import regions


@pytest.mark.parametrize("name", [module.name for module in iter_modules(regions.__path__)])
def test_examples(name):
    module = import_module(f"seglearn.regions.{name}")
    result = doctest.testmod(module, extraglobs={"np": np})
    assert result.attempted > 0
    assert result.failed == 0
