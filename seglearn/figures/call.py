"""The call behind a figure: one object that runs and prints, so that the text under a figure is what the figure shows.

>>> points = call("shapes.moons(300, rng={rng})[0]", rng=0)
>>> run = call("k_means({points}, {k}, rng={rng})", points=points, k=2, rng=0)
>>> str(run)
'k_means(shapes.moons(300, rng=0)[0], 2, rng=0)'
>>> run.value.labels  # runs now, and is remembered
"""

import dataclasses
import inspect
import re
import sys
from collections import OrderedDict

import numpy as np

from seglearn import images

REMEMBERED_BYTES = 300_000_000  # of values, of all figures together
_values = OrderedDict()  # {key: (value, bytes)}, the last used at the end


def call(template, **parts):
    """Return what is yet to run: Python with a {name} for each part.

    A part is another call, or a value: {name} writes it as Python does, {name!s} bare. Two calls that load a
    photograph are the same only if its bytes are.
    """
    return Call(template, parts)


def photograph(name):
    """Return the call that loads a photograph."""
    return Call("images.load({name})", {"name": str(name)}, (images.fingerprint(name),))


def imports(text):
    """Return the lines that a call needs above it where it is pasted: only rooms that it names, for one needs torch."""
    lines = ["from seglearn.clustering import *"]
    if "np." in text:
        lines.append("import numpy as np")
    lines += [f"import seglearn.experiments.{part}" for part in set(re.findall(r"\bexperiments\.(\w+)", text))]
    rooms = {"edges", "experiments", "graphs", "images", "metrics", "networks", "regions", "shapes"}
    named = sorted(rooms & set(re.findall(r"\b([a-z]+)\.", text)))
    return "\n".join([*lines, *(f"from seglearn import {room}" for room in named)])


class Call:
    """Its text is `str(call)`; what comes of it is `call.value`, not to be written on."""

    def __init__(self, template, parts, photos=()):
        self._calls = {name: part for name, part in parts.items() if isinstance(part, Call)}
        self._text = template.format(**{name: _Part(part) for name, part in parts.items()})
        # To run, calls within this one stand by their names.
        self._code = template.format(**{n: n if n in self._calls else _Part(part) for n, part in parts.items()})
        self._photos = sum((part._photos for part in self._calls.values()), photos)

    def __str__(self):
        return self._text

    def __repr__(self):
        return f"<call {self}>"

    @property
    def value(self):
        """Run it, or remember what came of it the last time."""
        key = self._text, self._photos
        if key not in _values:
            names = {}
            exec(imports(self._code), names)
            value = eval(self._code, names | {name: part.value for name, part in self._calls.items()})
            if inspect.isgenerator(value):
                raise TypeError(f"{self._text} can be walked through only once: put list(...) around it")
            _values[key] = value, _size(value)
            while len(_values) > 1 and sum(size for _, size in _values.values()) > REMEMBERED_BYTES:
                _values.popitem(last=False)
        _values.move_to_end(key)
        return _values[key][0]


class _Part:
    """A part as `str.format` is to write it."""

    def __init__(self, value):
        self._value = value

    def __format__(self, spec):
        return str(self._value) if isinstance(self._value, Call) else _written(self._value)

    def __str__(self):
        return str(self._value)


def _written(value):
    """Return a value as Python writes it, texts in double quotes, as the style of this project has them."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str) and not {'"', "'"} & set(value):
        return f'"{repr(value)[1:-1]}"'
    return repr(value)


def _size(value):
    """Return how many bytes a value holds, roughly."""
    if hasattr(value, "nbytes"):  # an array, or what counts its own
        return value.nbytes
    if isinstance(value, (tuple, list)):
        return sum(map(_size, value))
    if dataclasses.is_dataclass(value):
        return sum(_size(getattr(value, field.name)) for field in dataclasses.fields(value))
    if hasattr(value, "indptr"):  # a sparse matrix
        return value.data.nbytes + value.indices.nbytes + value.indptr.nbytes
    return sys.getsizeof(value)
