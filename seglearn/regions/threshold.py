"""One threshold for a whole picture, three ways: given, at the bottom of a valley, between two means.

Every threshold is in the picture's own units (0 to 255 for 8 bits), and the object is what lies above it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seglearn import checks
from seglearn.regions.histogram import grey_histogram, own_values


@dataclass(frozen=True)
class ValleyState:
    """The histogram after so many smoothings; the last state has the threshold, if there are two peaks."""

    iteration: int  # smoothings so far, from 0
    counts: np.ndarray  # (L,) float64, the smoothed histogram
    levels: np.ndarray  # (L,) the grey levels, in the picture's own units
    peaks: np.ndarray  # the grey levels of its peaks
    threshold: int | float | None  # the bottom of the valley between two peaks; None while there are more, or fewer


@dataclass(frozen=True)
class IterativeState:
    """One step: the classes that a threshold makes, and the threshold that the classes make."""

    iteration: int  # from 1
    previous: float  # the threshold that divided the pixels
    low_mean: float  # of the pixels at or below it
    high_mean: float  # of the pixels above it
    threshold: float  # the mean of both means


def threshold_fixed(image, threshold) -> np.ndarray:
    """Return which pixels are brighter than a threshold, one number or one for every pixel.

    g(p) = f(p) > T(p)

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1].
    threshold : a number, or numbers (H, W), in the units of `image`: 0 to 255 for 8 bits, 0 to 1 for floats.

    Returns
    -------
    (H, W) bool, True for the object: the bright side.

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1], thresholds of another shape.

    >>> threshold_fixed(np.array([[3, 5], [9, 4]], np.uint8), 4).tolist()
    [[False, True], [True, False]]

    Source: R. C. Gonzalez and R. E. Woods, Digital Image Processing, 4th ed. (2018), section 10.3, equation 10-46.
    Lecture 4.4.1 (1), figure 4-6.
    """
    values = own_values(image)
    if np.ndim(threshold) == 0:
        threshold = checks.number(threshold, "threshold")
        return values > (
            threshold if values.dtype == np.float64 else math.floor(threshold)
        )  # in whole numbers: quicker
    threshold = checks.field(threshold, "threshold")
    if threshold.shape != values.shape:
        checks.fail("threshold", f"a number, or numbers of the image's shape {values.shape}", f"{threshold.shape}")
    return values > threshold


def threshold_valley(image, *, max_iter=10000) -> int | float:
    """Return the grey level at the bottom of the valley between the two peaks of the histogram.

    h(g) <- (h(g-1) + h(g) + h(g+1)) / 3  until two peaks a < b are left;  T = argmin h(g), a <= g <= b

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1].
    max_iter : int of at least 0, how often the histogram may be smoothed; beyond its ends it is reflected.

    Returns
    -------
    A number, one of the grey levels, in the units of `image`; the object is `image > threshold`. Of equal
    bottoms it is the first. A peak at either end of the histogram counts (scikit-image's `threshold_minimum` passes
    over one at the bright end).

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1]; a histogram that never has two
        peaks, such as a constant picture's.

    >>> threshold_valley(np.array([[1, 1, 2, 3, 4, 4]], np.uint8))
    2

    Source: J. M. S. Prewitt and M. L. Mendelsohn, "The analysis of cell images", Annals of the New York Academy of
    Sciences 128 (1966) 1035-1053. Lecture 4.4.1 (2), figure 4-6.
    """
    for state in threshold_valley_steps(image, max_iter=max_iter):  # noqa: B007
        pass
    if state.threshold is None:
        came = f"{len(state.peaks)} after {state.iteration} smoothings: no valley between two"
        checks.fail("image", "a histogram with two peaks", came)
    return state.threshold


def threshold_valley_steps(image, *, max_iter=10000) -> Iterator[ValleyState]:
    """Yield a `ValleyState` for the histogram and after every smoothing; arguments as in `threshold_valley`."""
    histogram, max_iter = grey_histogram(image), checks.integer(max_iter, "max_iter", 0)
    return _smoothed(histogram.counts.astype(float), histogram.levels, max_iter)


def _smoothed(counts, levels, max_iter):
    """The loop; a peak is where the histogram has risen and next falls, and the last level of a plateau."""
    for iteration in range(max_iter + 1):
        rises = np.sign(np.diff(counts, prepend=0, append=0))
        turns = np.flatnonzero(rises)  # what is level is passed over
        peaks = turns[1:][(rises[turns[:-1]] > 0) & (rises[turns[1:]] < 0)] - 1
        threshold = None
        if len(peaks) == 2:
            threshold = levels[peaks[0] + np.argmin(counts[peaks[0] : peaks[1] + 1])].item()
        yield ValleyState(iteration, counts, levels, levels[peaks], threshold)
        if len(peaks) <= 2:
            return
        framed = np.pad(counts, 1, mode="edge")
        counts = (framed[:-2] + framed[1:-1] + framed[2:]) / 3


def threshold_iterative(image, *, start=None, max_iter=1000) -> float:
    """Return the threshold that is the mean of the means of the two classes that it makes.

    T <- (mean{f(p) : f(p) <= T} + mean{f(p) : f(p) > T}) / 2,  until T stays

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1]; it is worked on by its histogram (`grey_histogram`).
    start : the first threshold, in the units of `image`; None takes the mean grey value.
    max_iter : int of at least 1; T rises all the time or falls all the time, so that it comes to rest earlier.

    Returns
    -------
    float, in the units of `image`; the object is `image > threshold`. Where all pixels lie on one side of T, the mean
    of the empty class is that of the other. A histogram may have several thresholds that stay; `start` chooses.

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1], a start that is no number.

    >>> threshold_iterative(np.array([[0, 2, 4, 10, 12]], np.uint8))
    6.5

    Source: T. W. Ridler and S. Calvard, "Picture thresholding using an iterative selection method", IEEE Trans.
    Systems, Man, and Cybernetics 8 (1978) 630-632. Lecture 4.4.1 (3), figure 4-6.
    """
    for state in threshold_iterative_steps(image, start=start, max_iter=max_iter):  # noqa: B007
        pass
    return state.threshold


def threshold_iterative_steps(image, *, start=None, max_iter=1000) -> Iterator[IterativeState]:
    """Yield an `IterativeState` for every threshold tried; arguments as in `threshold_iterative`."""
    histogram, max_iter = grey_histogram(image), checks.integer(max_iter, "max_iter", 1)
    start = start if start is None else checks.number(start, "start")
    return _iterated(histogram.counts, histogram.levels, start, max_iter)


def _iterated(counts, levels, threshold, max_iter):
    """The loop; the sums of both classes stand ready in the running sums of the histogram."""
    pixels, grey = np.cumsum(counts), np.cumsum(counts * levels)
    if threshold is None:
        threshold = float(grey[-1] / pixels[-1])
    for iteration in range(1, max_iter + 1):
        last = np.searchsorted(levels, threshold, side="right") - 1  # the last level of the dark class
        n, total = (pixels[last], grey[last]) if last >= 0 else (0, 0.0)
        n_high = pixels[-1] - n
        low = total / n if n else grey[-1] / n_high
        high = (grey[-1] - total) / n_high if n_high else low
        previous, threshold = threshold, float((low + high) / 2)
        yield IterativeState(iteration, previous, float(low), float(high), threshold)
        if threshold == previous:
            return
