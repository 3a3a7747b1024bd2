"""Thresholds that a criterion chooses: the variance between classes (Otsu's, two and more), and the error.

Every threshold is in the picture's own units (0 to 255 for 8 bits), and the object is what lies above it.
"""

import numpy as np
from numba import njit

from seglearn import checks
from seglearn.regions.histogram import grey_histogram

ROUNDING = 1e-9  # two criteria that differ by less are equal: a logarithm's last digits depend on the processor


def threshold_otsu(image) -> int | float:
    """Return the threshold between whose two classes the variance is largest.

    T = argmax sigma_B^2(T),  sigma_B^2(T) = w_0 w_1 (mu_0 - mu_1)^2,  w: the classes' shares, mu: their means

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1]; it is worked on by its histogram (`grey_histogram`).

    Returns
    -------
    A number, one of the grey levels, in the units of `image`, the value of scikit-image's `threshold_otsu`; the
    object is `image > threshold`. Of equal ones it is the smallest; a constant picture has its one value, and no
    object.

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1].

    >>> threshold_otsu(np.array([[1, 2, 2, 7, 8, 8]], np.uint8))
    2

    Source: N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. Systems, Man, and
    Cybernetics 9 (1979) 62-66, equations 12 to 19. Lecture 4.4.1 (5), figure 4-6.
    """
    histogram = grey_histogram(image)
    return histogram.levels[_largest_between(histogram.counts)].item()


def threshold_multi_otsu(image, n_classes=3) -> np.ndarray:
    """Return the thresholds between more than two classes, chosen as Otsu's one: the variance between them is largest.

    (T_1, ..., T_K-1) = argmax sum_k w_k (mu_k - mu)^2, which is largest where  sum_k S_k^2 / n_k  is

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1]; it is worked on by its histogram (`grey_histogram`).
    n_classes : int from 2 to the number of its grey levels, the K of the formula.

    Returns
    -------
    (K - 1,) grey levels, rising, in the units of `image`; the classes are `np.digitize(image, thresholds, right=True)`.

    The best division of the levels up to g into k classes needs only the best into k - 1 of all levels below: dynamic
    programming takes K L^2 steps where trying all thresholds takes L^(K-1).

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1], fewer grey levels than classes.

    >>> threshold_multi_otsu(np.array([[1, 2, 7, 8, 20, 21]], np.uint8)).tolist()
    [2, 8]

    Source: N. Otsu (see `threshold_otsu`), section V; P.-S. Liao, T.-S. Chen and P.-C. Chung, "A fast algorithm for
    multilevel thresholding", J. Information Science and Engineering 17 (2001) 713-727, equation 14. Lecture 4.4.1.
    """
    histogram = grey_histogram(image)
    there = np.flatnonzero(histogram.counts)
    n_classes = checks.integer(n_classes, "n_classes", 2)
    if n_classes > len(there):
        checks.fail("n_classes", f"at most the picture's {len(there)} grey levels", n_classes)
    counts = histogram.counts[there]
    pixels, grey = np.append(0, np.cumsum(counts)), np.append(0, np.cumsum(counts * there))
    best = np.append(-np.inf, grey[1:] ** 2.0 / pixels[1:])  # [g]: the first g levels in one class
    choices = []
    for n in range(2, n_classes + 1):
        previous, choice = best.copy(), np.zeros(len(best), np.int64)
        for g in range(1 if n < n_classes else len(there), len(best)):  # the last class ends with the last level
            sums = previous[:g] + (grey[g] - grey[:g]) ** 2.0 / (pixels[g] - pixels[:g])
            choice[g] = np.argmax(sums)
            best[g] = sums[choice[g]]
        choices.append(choice)
    ends = [len(there)]
    for choice in reversed(choices):
        ends.append(choice[ends[-1]])
    return histogram.levels[there[np.array(ends[:0:-1]) - 1]]


def threshold_optimal(image) -> int | float:
    """Return the threshold with which two normal distributions, fitted to its two classes, would err least.

    T = argmin J(T),  J(T) = 1 + 2 (P_0 ln s_0 + P_1 ln s_1) - 2 (P_0 ln P_0 + P_1 ln P_1)

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1]; it is worked on by its histogram (`grey_histogram`).

    Returns
    -------
    A number, one of the grey levels, in the units of `image`; the object is `image > threshold`. P and s are the
    share and the standard deviation of a class, s at least that of one bin, 1 / sqrt(12) of its width, since rounding
    hides what is less. Of equal thresholds it is the smallest; a constant picture has its one value, and no object.

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1].

    >>> threshold_optimal(np.array([[1, 1, 1, 5, 7, 9, 11]], np.uint8))
    1

    Source: J. Kittler and J. Illingworth, "Minimum error thresholding", Pattern Recognition 19 (1986) 41-47,
    equation 15. Lecture 4.4.1 (7, the best threshold), figure 4-6.
    """
    histogram = grey_histogram(image)
    if len(histogram.levels) == 1:
        return histogram.levels[0].item()
    error = error_criterion(histogram.counts)
    return histogram.levels[np.argmax(error <= error.min() + ROUNDING)].item()


def error_criterion(counts) -> np.ndarray:
    """Return what `threshold_optimal` minimises, for every threshold but the last level.

    J(T) = 1 + 2 (P_0 ln s_0 + P_1 ln s_1) - 2 (P_0 ln P_0 + P_1 ln P_1)

    Parameters
    ----------
    counts : (L,) ints of at least 0, the first and the last above 0, as in `grey_histogram(image).counts`.

    Returns
    -------
    (L - 1,) float64, J with the threshold at each level.

    Raises
    ------
    ValueError, TypeError : no numbers (L,), L below 2, negative counts, an empty first or last level.

    >>> error_criterion([8, 0, 0, 1, 2, 1]).argmin()
    np.int64(0)

    Source: J. Kittler and J. Illingworth (see `threshold_optimal`), equation 15. Lecture 4.4.1 (7), figure 4-6.
    """
    counts = checks.labels(np.reshape(counts, (1, -1)), "counts")[0].astype(np.int64)
    if len(counts) < 2 or not counts[0] or not counts[-1]:
        checks.fail("counts", "at least two levels, the first and the last not empty", counts.tolist())
    bins = np.arange(len(counts))
    error = np.ones(len(counts) - 1)
    for order in (slice(None), slice(None, None, -1)):
        pixels, grey, squares = (np.cumsum((counts * bins**power)[order])[:-1] for power in (0, 1, 2))
        variance = np.maximum(squares / pixels - (grey / pixels) ** 2, 1 / 12)
        share = pixels / counts.sum()
        error += (share * (np.log(variance) - 2 * np.log(share)))[order]
    return error


@njit(cache=True)
def _largest_between(counts):
    """Return the first level with the largest variance between the classes up to it and above it.

    N^2 sigma_B^2 = (N S_0 - n_0 S)^2 / (n_0 n_1), S the sums of grey: in whole numbers, so that ties are ties.
    """
    n_pixels = grey = 0
    for g in range(len(counts)):
        n_pixels += counts[g]
        grey += counts[g] * g
    n = total = best = 0
    largest = 0.0
    for g in range(len(counts) - 1):
        n += counts[g]
        total += counts[g] * g
        difference = float(n_pixels * total - n * grey)
        variance = difference * difference / (float(n) * float(n_pixels - n))
        if variance > largest:
            largest, best = variance, g
    return best
