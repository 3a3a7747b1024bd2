"""The checks that every public function makes before it works: name, what was expected, what came."""

import math
from numbers import Integral, Real

import numpy as np

ROUNDING = 1e-6  # by so much a float picture may leave [0, 1]: filters of pictures do, by their last bits


def fail(name, expected, came, error=ValueError):
    """Raise `error` with the one form of message that the whole package uses."""
    raise error(f"{name}: expected {expected}, got {came}")


def integer(value, name, low=None, high=None):
    """Return `value` as an int between `low` and `high`, both included."""
    expected = "an integer" + _bounds(low, high)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral):
        fail(name, expected, f"{value!r} ({type(value).__name__})", TypeError)
    if (low is not None and value < low) or (high is not None and value > high):
        fail(name, expected, value)
    return int(value)


def number(value, name, low=None, high=None, *, above=None):
    """Return `value` as a finite float between `low` and `high`, both included, and greater than `above`."""
    expected = "a number" + (f" above {above}" if above is not None else "") + _bounds(low, high)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        fail(name, expected, f"{value!r} ({type(value).__name__})", TypeError)
    outside = (low is not None and value < low) or (high is not None and value > high)
    if not math.isfinite(value) or outside or (above is not None and value <= above):
        fail(name, expected, value)
    return float(value)


def choice(value, name, choices):
    """Return `value` if it is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        fail(name, "one of " + ", ".join(repr(c) for c in choices), repr(value))
    return value


def points(value, name="points"):
    """Return `value` as a C-ordered float64 array (N, D), N and D at least 1, all finite."""
    array = _numeric(value, name, "an array (N, D) of numbers")
    if array.ndim != 2:
        fail(name, "an array (N, D)", f"shape {array.shape}")
    if array.size == 0:
        fail(name, "at least one point and one dimension", f"shape {array.shape}")
    return _finite(np.ascontiguousarray(array, dtype=np.float64), name)


def image(value, name="image"):
    """Return `value` as C-ordered float64 in [0, 1], (H, W) or (H, W, 3); uint8, uint16, bool and float come in."""
    array = _numeric(value, name, "a grey (H, W) or RGB (H, W, 3) image")
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3):
        fail(name, "a grey (H, W) or RGB (H, W, 3) image", f"shape {array.shape}")
    if array.size == 0:
        fail(name, "at least one pixel", f"shape {array.shape}")
    if array.dtype.kind == "u" and array.dtype.itemsize <= 2:  # in either byte order
        return np.divide(array, np.float64(np.iinfo(array.dtype).max), order="C")
    if array.dtype != bool and array.dtype.kind != "f":
        fail(name, "uint8, uint16, bool or float values", f"dtype {array.dtype}", TypeError)
    array = _finite(np.ascontiguousarray(array, dtype=np.float64), name)
    low, high = array.min(), array.max()
    if low < -ROUNDING or high > 1 + ROUNDING:
        fail(name, "float values between 0 and 1", f"{low:.9g} to {high:.9g}")
    return array if low >= 0 and high <= 1 else np.clip(array, 0, 1)


def grey_image(value, name="image"):
    """Return `value` as `image` does, but grey (H, W) only."""
    if np.ndim(value) != 2:
        fail(name, "a grey image (H, W)", f"shape {np.shape(value)}")
    return image(value, name)


def field(value, name="field"):
    """Return `value` as C-ordered float64 (H, W), all finite, of any sign: an elevation, a gradient, a score."""
    array = _numeric(value, name, "numbers (H, W)")
    if array.ndim != 2:
        fail(name, "numbers (H, W)", f"shape {array.shape}")
    if array.size == 0:
        fail(name, "at least one pixel", f"shape {array.shape}")
    return _finite(np.ascontiguousarray(array, dtype=np.float64), name)


def mask(value, name="mask", shape=None):
    """Return `value` as C-ordered bool (H, W), of `shape` if one is given; bool, 0 and 1, or 0 and 255 come in."""
    array = _numeric(value, name, "a mask (H, W) of bool")
    if array.ndim != 2 or array.size == 0:
        fail(name, "a mask (H, W)", f"shape {array.shape}")
    if shape is not None and array.shape != tuple(shape):
        fail(name, f"a mask of shape {tuple(shape)}", f"shape {array.shape}")
    if array.dtype != bool:
        found = np.unique(array)
        high = found[-1]
        if high not in (0, 1, 255) or not np.isin(found, (0, high)).all():
            shown = ", ".join(f"{number:g}" for number in found[:4]) + (" and more" if len(found) > 4 else "")
            fail(name, "bool, 0 and 1, or 0 and 255", f"values {shown}")
    return np.ascontiguousarray(array != 0)


def labels(value, name="labels"):
    """Return `value` as a C-ordered int32 label map (H, W) of values from 0."""
    array = _plain(value, name)
    if array.ndim != 2 or array.size == 0:
        fail(name, "a label map (H, W)", f"shape {array.shape}")
    if array.dtype.kind not in "bui":
        fail(name, "integer labels", f"dtype {array.dtype}", TypeError)
    if array.min() < 0:
        fail(name, "labels from 0", f"a smallest label of {array.min()}")
    if array.max() >= 2**31:
        fail(name, "labels below 2147483648", f"a largest label of {array.max()}")
    return np.ascontiguousarray(array, dtype=np.int32)


def generator(value, name="rng"):
    """Return a `numpy.random.Generator` from None, an integer seed or a generator."""
    if value is None or isinstance(value, np.random.Generator):
        return np.random.default_rng(value)
    return np.random.default_rng(integer(value, name, low=0))


def _plain(value, name):
    """Return `value` as an array; what a masked array hides must not come to light."""
    if isinstance(value, np.ma.MaskedArray):
        fail(name, "an array without a mask, such as `array.filled(0)`", "a masked array", TypeError)
    return np.asarray(value)


def _numeric(value, name, expected):
    array = _plain(value, name)
    if array.dtype.kind not in "buif":
        fail(name, expected, f"dtype {array.dtype}", TypeError)
    return array


def _finite(array, name):
    bad = array.size - int(np.isfinite(array).sum())
    if bad:
        fail(name, "finite values", f"{bad} that are NaN or infinite")
    return array


def _bounds(low, high):
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f" of at least {low}"
    return "" if high is None else f" of at most {high}"
