"""Controls, declared where the parameter is: `n_clusters: Annotated[int, Range(2, 8)] = 4`."""

import functools
import inspect
from dataclasses import dataclass

import matplotlib

from seglearn import checks
from seglearn.figures import style

PHOTOS = ("coffee", "astronaut", "chelsea", "rocket", "motorcycle", "china", "flower", "camera", "coins")


@dataclass(frozen=True)
class Range:
    """A slider from `low` to `high`, both included."""

    low: float
    high: float
    step: float = 1
    words: str = ""  # what the parameter means, in a few words marked for translation

    def ends(self):
        return self.low, self.high


@dataclass(frozen=True)
class Choice:
    """A drop-down."""

    options: tuple
    words: str = ""

    def ends(self):
        return self.options


@dataclass(frozen=True)
class Photo:
    """A drop-down of shipped photographs, and a button for the reader's own; the value is a name or a path."""

    options: tuple = PHOTOS
    words: str = ""

    def ends(self):
        return self.options


@dataclass(frozen=True)
class Step:
    """A slider with a Play button, from 0 to where the run ends; the figure says where (`last`)."""

    words: str = ""

    def ends(self):
        return 0, 10**6


@dataclass(frozen=True)
class Strokes:
    """What was drawn on the picture, a tuple of strokes (brush, width, points), and buttons that take them back."""

    words: str = ""

    def ends(self):
        return ((),)


def figure(number, title, *, presets=None, gesture=None):
    """Mark a function as a figure of the lecture: `number` and `title`, telling cases, what the mouse sets.

    presets : {name marked for translation: {parameter: value}}
    gesture : {"point": ("col", "row")}: a click in the first panel sets these two parameters, x and y;
              {"rectangle": ("top", "left", "bottom", "right")}: a drag sets four; {"scribble": ("path",)}: a
              drag sets one, a tuple of (x, y) pairs; {"scribble": ("strokes", "brush", "width")}: a drag adds to the
              first a stroke of the second and the third, whose controls these are. Four more names are those of
              a rectangle, which a drag sets while the brush is "rectangle".
    """

    def decorate(function):
        @functools.wraps(function)
        def draw(**parameters):
            unknown = set(parameters) - set(defaults(draw))
            if unknown:
                checks.fail(f"{function.__name__}()", f"parameters among {sorted(defaults(draw))}", sorted(unknown))
            with matplotlib.rc_context(style.rc()):
                return function(**parameters)

        draw.number, draw.title = number, title
        draw.presets, draw.gesture = presets or {}, gesture or {}
        return draw

    return decorate


def controls(function):
    """Return {parameter: control} of a figure's function, in its order."""
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        for extra in getattr(parameter.annotation, "__metadata__", ()):
            found[name] = extra
    return found


def defaults(function):
    """Return {parameter: default} of a figure's function."""
    return {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}
