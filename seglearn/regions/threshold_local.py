"""Thresholds that follow the picture: the mean around every pixel, or of the block that it lies in.

A map of thresholds is in the picture's own units (0 to 255 for 8 bits), and the object is what lies above it.
"""

import numpy as np
from numba import njit

from seglearn import checks
from seglearn.regions.histogram import own_values

METHODS = ("mean", "gaussian")
NAMES = ("n_rows", "n_cols")


def threshold_adaptive(image, size=35, *, method="mean", offset=0.0) -> np.ndarray:
    """Return for every pixel the mean of the square around it, less an offset.

    T(p) = sum_q w(q - p) f(q) - offset,  w: 1 / size^2 on the square, or a Gaussian of sigma = (size - 1) / 6

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1]; beyond the border it is reflected.
    size : odd int from 1 to max(H, W), the side of the square in pixels; larger than the object's strokes.
    method : "mean", every pixel alike, or "gaussian", near ones more (cut off at 4 sigma, beyond the square).
    offset : a number in the units of `image`, by which a pixel must exceed (or, below 0, may miss) the mean.

    Returns
    -------
    (H, W) float64 in the units of `image`, the values of scikit-image's `threshold_local`; float32 of 8 bits, right to
    four digits after the point, which are sooner compared. The object is `image > thresholds`.

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1], a size that is even or larger than
        the picture, another method, an offset that is no number.

    >>> threshold_adaptive(np.array([[0, 3, 9]], np.uint8), 3).tolist()
    [[1.0, 4.0, 7.0]]

    Source: R. C. Gonzalez and R. E. Woods, Digital Image Processing, 4th ed. (2018), section 10.3 (variable
    thresholding). Lecture 4.4.1 (4), figure 4-6.
    """
    values = own_values(image)
    size = checks.integer(size, "size", 1, max(values.shape))
    if size % 2 == 0:
        checks.fail("size", "an odd integer", size)
    checks.choice(method, "method", METHODS)
    offset = checks.number(offset, "offset")

    thresholds = np.empty(values.shape, np.float32 if values.dtype == np.uint8 else np.float64)
    if method == "mean":
        rows, cols = (_reflected(n, size // 2) for n in values.shape)
        small = values.dtype == np.uint8 and 255 * size * len(cols) < 2**31  # all sums along a row fit into 32 bits
        sums = np.zeros(values.shape[1], np.int32 if small else np.promote_types(values.dtype, np.int64))
        _local_mean(values, rows, cols, sums, sums[cols], offset, small, thresholds)
    else:
        half = _gaussian((size - 1) / 6).astype(thresholds.dtype)
        rows, cols = (_reflected(n, len(half) - 1) for n in values.shape)
        values, line = values.astype(half.dtype), np.empty(len(cols), half.dtype)
        _local_gaussian(values, rows, cols, half, line, half.dtype.type(offset), thresholds)
    return thresholds


def threshold_block_mean(image, n_rows, n_cols) -> np.ndarray:
    """Return for every pixel the mean of the block that it lies in.

    T(p) = mean{f(q) : q in block(p)},  m x n blocks

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1].
    n_rows, n_cols : ints from 1 to H and from 1 to W, the lecture's m and n: how many blocks stand above and beside
        each other. Row r is in block r m // H: blocks differ by at most one pixel in height and in width.

    Returns
    -------
    (H, W) float64 in the units of `image`; the object is `image > thresholds`.

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1], no blocks, or more than pixels.

    >>> threshold_block_mean(np.array([[0, 4, 6, 8]], np.uint8), 1, 2).tolist()
    [[2.0, 2.0, 7.0, 7.0]]

    Source: Lecture 4.4.1 (6), figure 4-6; as a threshold for each block by itself in C. K. Chow and T. Kaneko,
    "Automatic boundary detection of the left ventricle from cineangiograms", Computers and Biomedical Research 5
    (1972) 388-410.
    """
    values = own_values(image)
    counts = [checks.integer(n, name, 1, length) for n, name, length in zip((n_rows, n_cols), NAMES, values.shape)]
    row_block, col_block = (np.arange(length) * n // length for n, length in zip(counts, values.shape))
    means = values.astype(np.float64)
    for axis, block in enumerate((row_block, col_block)):
        sums = np.add.reduceat(means, np.flatnonzero(np.diff(block, prepend=-1)), axis=axis)
        means = sums / np.expand_dims(np.bincount(block), 1 - axis)
    return means[row_block][:, col_block]


def _reflected(n, radius):
    """Return the index that a line of n values has at -radius ... n + radius - 1: c b a | a b c | c b a."""
    index = np.arange(-radius, n + radius) % (2 * n)
    return np.minimum(index, 2 * n - 1 - index)


def _gaussian(sigma):
    """Return the middle and one side, an even number, of a Gaussian that is cut off at 4 sigma and sums to 1."""
    radius = int(4 * sigma + 0.5)
    half = np.exp(-0.5 / max(sigma * sigma, 1e-300) * np.arange(radius + 1) ** 2)
    return np.pad(half / (2 * half.sum() - half[0]), (0, radius % 2))


@njit(cache=True)
def _local_mean(values, rows, cols, sums, line, offset, small, thresholds):
    """Go down the picture with the sums of `size` rows; `size` of these are what has been summed up between two."""
    height, width = values.shape
    size = len(rows) - height + 1
    radius, area, inverse = size // 2, size * size, 1.0 / (size * size)
    inner, upto = line[radius : radius + width], np.zeros(len(line) + 1, sums.dtype)
    ahead = upto[size:]
    for r in rows[: size - 1]:
        for c in range(width):
            sums[c] += values[r, c]
    for r in range(height):
        enters, leaves, answer = values[rows[r + size - 1]], values[rows[r]], thresholds[r]
        for c in range(width):  # loops of one line each, so that the compiler does several pixels at once
            inner[c] = sums[c] + enters[c]
        for c in range(width):
            sums[c] = inner[c] - leaves[c]
        for k in range(radius):
            line[k], line[radius + width + k] = inner[cols[k]], inner[cols[radius + width + k]]
        total = upto[0]
        for c in range(len(line)):
            total += line[c]
            upto[c + 1] = total
        if small:  # rounded to single precision, the product is the quotient, and takes half as long
            for c in range(width):
                answer[c] = np.int32(ahead[c] - upto[c]) * inverse - offset
        else:
            for c in range(width):
                answer[c] = (ahead[c] - upto[c]) / area - offset


@njit(cache=True, fastmath={"contract"})
def _local_gaussian(values, rows, cols, half, line, offset, thresholds):
    """Smooth row by row, down and then across; a symmetric kernel adds two pixels before it multiplies."""
    height, width = values.shape
    radius = len(half) - 1
    inner = line[radius : radius + width]
    for r in range(height):
        centre, answer = values[r], thresholds[r]
        for c in range(width):
            inner[c] = half[0] * centre[c]
        for k in range(1, radius, 2):  # two pairs at a time: a sum is loaded and stored half as often
            here, near, far = r + radius, half[k], half[k + 1]
            above, below = values[rows[here - k]], values[rows[here + k]]
            top, bottom = values[rows[here - k - 1]], values[rows[here + k + 1]]
            for c in range(width):
                inner[c] += near * (above[c] + below[c]) + far * (top[c] + bottom[c])
        for k in range(radius):
            line[k], line[radius + width + k] = inner[cols[k]], inner[cols[radius + width + k]]
        for c in range(width):
            answer[c] = half[0] * inner[c] - offset
        for k in range(1, radius, 2):
            near, left, right = half[k], line[radius - k :], line[radius + k :]
            far, first, last = half[k + 1], line[radius - k - 1 :], line[radius + k + 1 :]
            for c in range(width):
                answer[c] += near * (left[c] + right[c]) + far * (first[c] + last[c])
