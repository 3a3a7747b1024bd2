"""Exercises on second differences: the Laplacian of a Gaussian, and where it crosses zero."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def log_kernel(sigma, radius):
    """The Laplacian of a Gaussian, (2 R + 1, 2 R + 1)."""
    squares = _squares(radius)
    return (squares / sigma**4 - 2 / sigma**2) * _bell(squares, sigma)


def crossings(response, threshold):
    """Where a row changes sign by more than the threshold: of the two pixels the one nearer to 0."""
    return _mark(response, threshold, nearer=lambda a, b: abs(a) <= abs(b))


def _squares(radius, end=1):
    x = np.arange(-radius, radius + end)
    return (x[:, None] ** 2 + x**2).astype(float)


def _bell(squares, sigma):
    return np.exp(-squares / (2 * sigma**2)) / (2 * np.pi * sigma**2)


def _mark(response, threshold, nearer):
    marked = np.zeros(len(response), bool)
    for i in range(len(response) - 1):
        a, b = response[i], response[i + 1]
        if a * b < 0 and abs(a - b) > threshold:
            marked[i if nearer(a, b) else i + 1] = True
    return marked


def _both(response, threshold):
    crosses = (response[:-1] * response[1:] < 0) & (np.abs(np.diff(response)) > threshold)
    return np.append(crosses, False) | np.append(False, crosses)


def _sizes(rng, size):
    return int(rng.integers(5, 10 + 2 * size)) / 10, int(rng.integers(0, 2 + size // 3))


def _row(rng, size):
    """Whole numbers, none of them 0, so that jumps equal to the threshold occur."""
    return rng.choice([-4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 4.0], size + 1), float(rng.integers(0, 6))


EXERCISES = (
    Exercise(
        "4.3-log",
        log_kernel,
        _sizes,
        special=((1.0, 0), (1.0, 1), (2.0, 3)),
        slips=(
            Slip(
                lambda sigma, radius: -log_kernel(sigma, radius),
                mark("The sign is turned round: in the middle the second derivative of a hill is below 0."),
            ),
            Slip(
                lambda sigma, radius: (_squares(radius) / sigma**4 - 1 / sigma**2) * _bell(_squares(radius), sigma),
                mark("1 / sigma^2 comes once for each of the two directions: subtract 2 / sigma^2."),
            ),
            Slip(
                lambda sigma, radius: log_kernel(sigma, radius) * 2 * np.pi * sigma**2,
                mark("The Gaussian lacks its factor 1 / (2 pi sigma^2), without which it does not sum to 1."),
            ),
            Slip(
                lambda sigma, radius: log_kernel(sigma, radius) * np.sqrt(2 * np.pi) * sigma,
                mark("The factor 1 / (sqrt(2 pi) sigma) is that of one dimension; in two it is 1 / (2 pi sigma^2)."),
            ),
            Slip(
                lambda sigma, radius: (
                    (_squares(radius) / sigma**4 - 2 / sigma**2)
                    * np.exp(-_squares(radius) / sigma**2)
                    / (2 * np.pi * sigma**2)
                ),
                mark("The 2 in the exponent is missing: exp(-d^2 / (2 sigma^2))."),
            ),
            Slip(
                lambda sigma, radius: (_squares(radius) / sigma**2 - 2 / sigma**2) * _bell(_squares(radius), sigma),
                mark("d^2 is divided by sigma^4: each of the two derivatives brings a 1 / sigma^2."),
            ),
            Slip(
                lambda sigma, radius: _bell(_squares(radius), sigma),
                mark("This is the Gaussian itself; asked is the sum of its two second derivatives."),
            ),
            Slip(
                lambda sigma, radius: (
                    (_squares(radius, 0) / sigma**4 - 2 / sigma**2) * _bell(_squares(radius, 0), sigma)
                ),
                mark("The last row and column are missing: from -R to R there are 2 R + 1 places."),
            ),
        ),
    ),
    Exercise(
        "4.3-zero-crossing",
        crossings,
        _row,
        special=(
            (np.array([3.0, -1.0, -4.0, 2.0]), 3.0),
            (np.array([2.0, -2.0, 1.0]), 1.0),
            (np.array([1.0, -2.0]), 3.0),
        ),
        slips=(
            Slip(
                _both,
                mark("Both pixels of the pair are marked; mark only the one nearer to 0, so that the line is thin."),
            ),
            Slip(
                lambda response, threshold: _mark(response, threshold, lambda a, b: True),
                mark("You always mark the left pixel of the pair; mark the one nearer to 0."),
            ),
            Slip(
                lambda response, threshold: _mark(response, threshold, lambda a, b: False),
                mark("You always mark the right pixel of the pair; mark the one nearer to 0."),
            ),
            Slip(
                lambda response, threshold: _mark(response, threshold, lambda a, b: abs(a) > abs(b)),
                mark("You mark the pixel farther from 0; the edge is where the answer is nearer to 0."),
            ),
            Slip(
                lambda response, threshold: _mark(response, threshold, lambda a, b: abs(a) < abs(b)),
                mark("Where both are equally near to 0, the left one is marked: compare with <=."),
            ),
            Slip(
                lambda response, threshold: crossings(response, -1.0),
                mark("The threshold plays no part: a small change of sign is noise, mark only jumps above it."),
            ),
            Slip(
                lambda response, threshold: crossings(response, threshold - 0.5),
                mark("A jump equal to the threshold is not enough: compare with >, not with >=."),
            ),
            Slip(
                lambda response, threshold: np.append(np.abs(np.diff(response)) > threshold, False),
                mark("These are steep places; a crossing also needs opposite signs on its two sides."),
            ),
        ),
    ),
)
