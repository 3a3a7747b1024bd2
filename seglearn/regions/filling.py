"""The piece around a seed in which all pixels are like it, filled one stretch of a row at a time.

Where every pixel is compared with the seed alone, the order is no matter, and this one is the quickest.
"""

import math

import numpy as np
from numba import njit


def fill(values, seed, tolerance, connectivity):
    """Return the pixels of (H, W, C) like the seed that hang together with it, (H, W) bool; nothing is checked.

    Source: A. R. Smith, "Tint fill", SIGGRAPH 1979, 276-283. Lecture 4.4.2.
    """
    height, width = values.shape[:2]
    free = np.zeros((height + 2, -(-(width + 2) // 8) * 8), np.uint8)  # framed, rows of whole words of 8 bytes
    _mark(values, values[seed].astype(np.float64), tolerance, free[1:-1, 1 : width + 1])
    mask, stack = np.zeros((height, width), np.bool_), np.empty((free.size // 2, 3), np.int32)
    _fill(free, free.view(np.uint64), mask, stack, seed[0] + 1, seed[1] + 1, connectivity == 8)
    return mask


def _mark(values, value, tolerance, alike):
    """Mark with 1 the pixels that are like a value, as region growing compares."""
    if len(value) > 1:
        red, green, blue = np.moveaxis((values - value) ** 2, 2, 0)
        alike[:] = np.sqrt(red + green + blue) <= tolerance
        return
    low, high = value[0] - tolerance, value[0] + tolerance
    if values.dtype != np.float64:  # whole numbers are compared with whole numbers of their type: many at a time
        low, high = max(math.ceil(low), 0), min(math.floor(high), np.iinfo(values.dtype).max)
    _between(values[:, :, 0], *np.array([low, high], values.dtype), alike)


@njit(cache=True)
def _between(values, low, high, alike):
    """Mark the values from `low` to `high`, both included."""
    for r in range(values.shape[0]):
        row, marks = values[r], alike[r]
        for c in range(values.shape[1]):
            marks[c] = (row[c] >= low) & (row[c] <= high)


@njit(cache=True)
def _fill(free, words, mask, stack, row, col, corners):
    """Make `free` 0 and the mask True in the piece around a pixel, one stretch of a row at a time.

    The stretches that touch it above and below follow. Eight bytes at a time are passed over: `words` is `free` again.
    """
    width, reach = free.shape[1], 1 if corners else 0
    n, above, below, low, high = 0, row, row, col, col + 1
    while True:
        for r in (above, below):
            pixels, packed = free[r], words[r]
            c = _end(pixels, packed, low, high, 0)
            while c < high:
                left, right = c, _end(pixels, packed, c, width, 1)
                while pixels[left - 1]:
                    left -= 1
                pixels[left:right], mask[r - 1, left - 1 : right - 1] = 0, True
                stack[n, 0], stack[n, 1], stack[n, 2] = r, left, right
                n += 1
                c = _end(pixels, packed, right, high, 0)
        if n == 0:
            return
        n -= 1
        above, below, low, high = stack[n, 0] - 1, stack[n, 0] + 1, stack[n, 1] - reach, stack[n, 2] + reach


@njit(cache=True)
def _end(pixels, words, c, stop, value):
    """Return the first place from c on where a byte isn't `value`, or `stop`."""
    same = np.uint64(0x0101010101010101) if value else np.uint64(0)
    while c < stop and pixels[c] == value:
        c += 1
        if c & 7 == 0:
            while c + 8 <= stop and words[c >> 3] == same:
                c += 8
    return c
