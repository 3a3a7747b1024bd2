"""The grey values of a picture in its own units, and how often each occurs."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from seglearn import checks

N_BINS = 256


@dataclass(frozen=True)
class GreyHistogram:
    """How often each grey level of a picture occurs, from its darkest to its brightest."""

    counts: np.ndarray  # (L,) int64, pixels; the first and the last are above 0
    levels: np.ndarray  # (L,) rising, in the picture's own units: grey levels, int64, or the centres of bins, float64


def grey_histogram(image) -> GreyHistogram:
    """Return how many pixels have each grey level, from the darkest to the brightest that occurs.

    h(g) = |{p : f(p) = g}|

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1].

    Returns
    -------
    GreyHistogram: of whole numbers that span at most 256 levels one bin a level; else 256 equal bins from the least to
    the largest value, and `levels` are their centres.

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1].

    >>> grey_histogram(np.array([[3, 3], [5, 3]], np.uint8)).counts.tolist()
    [3, 0, 1]

    Source: R. C. Gonzalez and R. E. Woods, Digital Image Processing, 4th ed. (2018), section 3.3. Lecture 4.4.1,
    figure 4-6.
    """
    values = own_values(image)
    if values.dtype == np.uint8:
        tables = np.zeros((4, N_BINS), np.int64)
        _count(values.ravel(), *tables)
        counts, low = tables.sum(axis=0), np.int64(0)
    else:
        low, high = values.min(), values.max()
        if low == high:
            counts = np.array([values.size])
        elif values.dtype == np.uint16 and high - low < N_BINS:
            counts = np.bincount((values - low).ravel())
        else:
            counts, ends = np.histogram(values, N_BINS)
            return GreyHistogram(counts, (ends[:-1] + ends[1:]) / 2)
    there = np.flatnonzero(counts)
    first, last = there[0], there[-1]
    return GreyHistogram(counts[first : last + 1], low.item() + np.arange(first, last + 1))


def own_values(image, *, colour=False) -> np.ndarray:
    """Return a picture in its own units, C-ordered: uint8 (bool as 0 and 1), uint16, or float64 in [0, 1].

    A threshold has the picture's units, so that `image > threshold` can be written. 8 bits come in unconverted, since
    to scale them takes longer than to find Otsu's threshold. Grey (H, W) only, unless `colour` lets in (H, W, 3) too.
    """
    plain = type(image) is np.ndarray and image.dtype == np.uint8 and image.size
    if plain and (image.ndim == 2 or (colour and image.ndim == 3 and image.shape[2] == 3)):
        return np.ascontiguousarray(image)
    scaled, array = (checks.image if colour else checks.grey_image)(image), np.asarray(image)
    if array.dtype.kind == "f":
        return scaled
    return np.ascontiguousarray(array, dtype=np.uint8 if array.dtype.itemsize == 1 else np.uint16)


@njit(cache=True)
def _count(values, a, b, c, d):
    """Count the values of four stretches side by side, so that equal neighbours don't wait for each other."""
    n = len(values) // 4
    for i in range(n):
        a[values[i]] += 1
        b[values[n + i]] += 1
        c[values[2 * n + i]] += 1
        d[values[3 * n + i]] += 1
    for value in values[4 * n :]:
        a[value] += 1
