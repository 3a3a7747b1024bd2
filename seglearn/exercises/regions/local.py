"""Exercises on thresholds that follow the picture: the mean around a pixel, and the mean of its block."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def adaptive(row, radius, offset):
    """Which pixels exceed the mean of the 2 radius + 1 pixels around them, less an offset; mirrored at the ends."""
    return row > _means(row, radius) - offset


def block_mean(image, m, n):
    """The mean of each of m x n equal blocks, at each of its pixels."""
    height, width = image.shape[0] // m, image.shape[1] // n
    means = image.reshape(m, height, n, width).mean(axis=(1, 3))
    return means.repeat(height, axis=0).repeat(width, axis=1)


def _means(row, radius, mode="symmetric"):
    framed = np.pad(row.astype(float), radius, mode=mode)
    return np.array([framed[i : i + 2 * radius + 1].mean() for i in range(len(row))])


def _row(rng, size):
    row = rng.integers(0, 30, size + 2)
    radius = int(rng.integers(1, min(3, len(row) - 1) + 1))
    return row, radius, float(rng.integers(-3, 4)) + 0.123  # no value is equal to its threshold


def _grid(rng, size):
    m, n = (int(k) for k in rng.integers(1, 3 + size // 8, 2))
    height, width = (int(k) for k in rng.integers(1, 3 + size // 10, 2))
    return rng.integers(0, 10 * size, (m * height, n * width)), m, n


EXERCISES = (
    Exercise(
        "4.4-adaptive",
        adaptive,
        _row,
        special=((np.array([9, 1, 1, 9, 9, 1]), 1, 0.5), (np.array([3, 20, 4]), 2, 1.5)),
        slips=(
            Slip(
                lambda row, radius, offset: row > _means(row, radius) + offset,
                mark("The offset is taken off the mean: mean - offset."),
            ),
            Slip(
                lambda row, radius, offset: row < _means(row, radius) - offset,
                mark("The object is what is brighter than its threshold: compare with >."),
            ),
            Slip(
                lambda row, radius, offset: row > _means(row, radius, "constant") - offset,
                mark("Beyond the ends you take 0; there the row is mirrored."),
            ),
            Slip(
                lambda row, radius, offset: row > _means(row, radius, "reflect") - offset,
                mark(
                    'The mirror stands at the border itself: beyond a b c come a, then b (NumPy\'s mode "symmetric").'
                ),
            ),
            Slip(
                lambda row, radius, offset: row > row.mean() - offset,
                mark("This is one threshold for all, the mean of the whole row; each pixel has its own."),
            ),
            Slip(
                lambda row, radius, offset: (
                    row > (_means(row, radius) * (2 * radius + 1) - row) / (2 * radius) - offset
                ),
                mark("The pixel itself counts among those around it."),
            ),
            Slip(
                lambda row, radius, offset: row > _means(row, radius) * (2 * radius + 1) - offset,
                mark("This is the sum around each pixel; divide it by their number, 2 radius + 1."),
            ),
        ),
    ),
    Exercise(
        "4.4-block-mean",
        block_mean,
        _grid,
        special=((np.array([[0, 4, 6, 8]]), 1, 2), (np.array([[0, 4], [6, 8], [1, 1], [2, 4]]), 2, 1)),
        slips=(
            Slip(
                lambda image, m, n: np.full(image.shape, image.mean()),
                mark("This is the mean of the whole picture; each block has its own."),
            ),
            Slip(
                lambda image, m, n: image.reshape(m, image.shape[0] // m, n, image.shape[1] // n).mean(axis=(1, 3)),
                mark("One number a block came out; repeat each at all pixels of its block."),
            ),
            Slip(
                lambda image, m, n: block_mean(image, m, n).round(),
                mark("Keep the fraction: a rounded threshold moves pixels across."),
            ),
            Slip(
                lambda image, m, n: block_mean(image, m, 1),
                mark("These are stripes over the whole width; divide each into n blocks."),
            ),
            Slip(
                lambda image, m, n: block_mean(image, 1, n),
                mark("These are stripes over the whole height; divide each into m blocks."),
            ),
            Slip(
                lambda image, m, n: image > block_mean(image, m, n),
                mark("This is the picture after the threshold; asked are the thresholds."),
            ),
            Slip(
                lambda image, m, n: block_mean(image, m, n) * (image.size / (m * n)),
                mark("This is the sum of each block; divide it by the number of its pixels."),
            ),
        ),
    ),
)
